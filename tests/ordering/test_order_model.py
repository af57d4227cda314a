"""temp"""
from __future__ import annotations
import os, time
from hypothesis import HealthCheck, settings, Phase
from hypothesis.stateful import run_state_machine_as_test
from tests.ordering.order_model_machine import OrderMachine, SEEN, REFUSED

def test_run():
    t=time.time()
    run_state_machine_as_test(OrderMachine, settings=settings(max_examples=int(os.environ.get("ECOMCORE_MODEL_RUNS","5")), stateful_step_count=50, deadline=None, database=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)))
    print(time.time()-t, len(SEEN))
    whats=sorted({w for _,w in SEEN}); stages=["none","placed","placed, on hold","confirmed","confirmed, on hold","partly shipped","shipped","completed","cancelled"]
    print(stages)
    for w in whats:
        print(f"{w:30}", [ (SEEN[s,w], sum(n for (a,b,c),n in REFUSED.items() if a==s and b==w), sorted({c for (a,b,c),n in REFUSED.items() if a==s and b==w}) ) for s in stages])
