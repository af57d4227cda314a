"""The floor plan in importlinter.ini is kept, and every sentence of it has teeth.

Each plant below is one line of code that should not be. It is added to a copy of the sources, the linter
judges the copy, and exactly the sentences named must be reported as broken.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest
from attrs import frozen

HOUSE = Path(__file__).parents[2]
FLOOR_PLAN = HOUSE / "importlinter.ini"

UP = "A floor looks down and never up"
KERNEL = "The kernel imports no sibling"
CYCLES = "No modules of one package need each other in a circle"
ROOMS = "The rooms never import each other"
DOORS = "A room is entered by its front door"
MACHINERY = "The dispatcher and the wire serve messages they do not know"
PROVING_GROUND = "Nothing that ships imports the proving ground"
PUNQ = "Only the bootstrap knows the container"
CATTRS = "Only the wire knows how messages become text"
PENDULUM = "Only the calendar knows time zones"
TEST_LIBRARIES = "Only the proving ground knows the test libraries"
DATABASES = "Only the SQL adapter knows databases"
STDNUM = "Only the stdnum adapter knows stdnum"
STRIPE = "Only the Stripe adapter knows Stripe"
ALIPAY = "Only the Alipay adapter knows Alipay"
WECHATPAY = "Only the WeChat Pay adapter knows WeChat Pay"
PAPER = "Only the adapter of documents knows how they are put on pages and on paper"
BLIND = "The core is blind to its adapters"
ADAPTERS = "The adapters never import each other"


@frozen
class Plant:
    """A line that should not be, the module it is added to, and the sentences it breaks."""

    module: str
    line: str
    breaks: frozenset[str]

    def __str__(self) -> str:
        return f"{self.line} in {self.module}"


def plant(module: str, line: str, *breaks: str) -> Plant:
    return Plant(module, line, frozenset(breaks))


PLANTS = [
    plant("ecomcore.attic", "", UP),  # a new module has no floor until somebody decides on one
    plant("ecomcore.catalog", "from ecomcore.flows import POLICIES", UP, ROOMS, CYCLES),
    plant("ecomcore.inventory.booking", "import ecomcore.wire", UP),
    plant("ecomcore.shipping.usecases", "from ecomcore import assemble", UP, ROOMS),  # leads to every floor
    plant("ecomcore.flows", "import ecomcore.wire", UP),
    plant("ecomcore.flows", "import ecomcore.memory", UP),
    plant("ecomcore.memory", "import ecomcore.dispatcher", UP),
    plant("ecomcore.audit", "import ecomcore.memory", UP),
    plant("ecomcore.dispatcher", "import ecomcore.bootstrap", UP, MACHINERY, CYCLES),
    plant("ecomcore.quoting", "import ecomcore.flows", UP, ROOMS, CYCLES),
    plant("ecomcore.quoting.rulebook", "from ecomcore.pricing import PriceList", UP, ROOMS, CYCLES),
    plant("ecomcore.kernel.percent", "import ecomcore.quoting", UP, KERNEL, CYCLES),
    plant("ecomcore.kernel.errors", "import ecomcore.wire", UP, KERNEL, CYCLES),
    plant("ecomcore.kernel.money", "from ecomcore.catalog import Product", UP, KERNEL, ROOMS, CYCLES),
    plant("ecomcore.kernel.errors", "from ecomcore.kernel.messages import Command", CYCLES),
    plant("ecomcore.inventory.values", "from ecomcore.inventory.booking import receive_stock", CYCLES),
    plant("ecomcore.ordering", "from ecomcore.catalog import Product", ROOMS),
    plant("ecomcore.shipping.usecases", "from ecomcore.ordering import Order", ROOMS),
    plant("ecomcore.inventory.ports", "import ecomcore.catalog.product", ROOMS),
    plant("ecomcore.deliveries", "from ecomcore.shipping import Shipments", ROOMS),
    plant("ecomcore.pricing.usecases", "from ecomcore.promotions import Promotions", ROOMS),
    plant("ecomcore.promotions.lookups", "from ecomcore.ordering import Orders", ROOMS),
    plant("ecomcore.ordering.usecases", "from ecomcore.pricing import PriceLists", ROOMS),
    plant("ecomcore.documents.ports", "from ecomcore.ordering import Order", ROOMS),
    plant("ecomcore.ordering.placing", "from ecomcore.wallet import Account", ROOMS),
    plant("ecomcore.wallet.usecases", "from ecomcore.ordering import Order", ROOMS),
    plant("ecomcore.carts.ports", "from ecomcore.ordering import PlaceOrder", ROOMS),
    plant("ecomcore.counting.ports", "from ecomcore.inventory import StockItems", ROOMS),
    plant("ecomcore.supply.ports", "from ecomcore.inventory import StockItems", ROOMS),
    plant("ecomcore.transfers.usecases", "from ecomcore.supply import InboundDeliveries", ROOMS),
    plant("ecomcore.wire.schema", "from ecomcore.supply import ROOM", MACHINERY),
    plant("ecomcore.flows", "from ecomcore.ordering.order import Order", DOORS),
    plant("ecomcore.flows.pricing", "from ecomcore.pricing.zone import Zone", DOORS),
    plant("ecomcore.flows.carts", "from ecomcore.carts.cart import Cart", DOORS),
    plant("ecomcore.flows.supplying", "from ecomcore.transfers.values import ArrivedLot", DOORS),
    plant("ecomcore.flows.money", "from ecomcore.wallet.values import AccountKind", DOORS),
    plant("ecomcore.flows.counting", "from ecomcore.counting.values import Books", DOORS),
    plant("ecomcore.bootstrap", "from ecomcore.documents.usecases import issue_invoice", DOORS),
    plant("ecomcore.audit.rules", "from ecomcore.promotions.audits import breaches", DOORS),
    plant("ecomcore.bootstrap", "import ecomcore.catalog.usecases", DOORS),
    plant("ecomcore_sqlalchemy", "from ecomcore.inventory.stock_item import StockItem", DOORS),
    plant("ecomcore.dispatcher", "from ecomcore.ordering import PlaceOrder", MACHINERY),
    plant("ecomcore.wire", "from ecomcore.inventory import ROOM", MACHINERY),
    plant("ecomcore.wire.unions", "from ecomcore.promotions import ROOM", MACHINERY),
    plant("ecomcore.postman", "from ecomcore.pricing import ROOM", MACHINERY),
    plant("ecomcore.dispatcher", "from ecomcore.flows import POLICIES", MACHINERY),
    plant("ecomcore.wire.schema", "from ecomcore.wallet import ROOM", MACHINERY),
    plant("ecomcore_sqlalchemy", "import ecomcore.testing", PROVING_GROUND),
    plant("ecomcore.bootstrap", "import ecomcore.testing", PROVING_GROUND, UP, CYCLES),
    plant("ecomcore.dispatcher", "import punq", PUNQ),
    plant("ecomcore_sqlalchemy", "from punq import Container", PUNQ),
    plant("ecomcore.kernel.money", "import cattrs", CATTRS),
    plant("ecomcore.memory", "from cattrs.preconf.json import make_converter", CATTRS),
    plant("ecomcore.quoting.conditions", "import cattrs", CATTRS),
    plant("ecomcore.kernel.clock", "import pendulum", PENDULUM),
    plant("ecomcore.quoting.terms", "import pendulum", PENDULUM),
    plant("ecomcore_sqlalchemy", "from pendulum import DateTime", PENDULUM),
    plant("ecomcore.audit", "import pytest", TEST_LIBRARIES),
    plant("ecomcore.memory", "def later():\n    import hypothesis", TEST_LIBRARIES),
    plant("ecomcore.memory", "import sqlite3", DATABASES),
    plant("ecomcore.kernel.work", "from sqlalchemy import orm", DATABASES),
    plant("ecomcore.bootstrap", "from ecomcore_sqlalchemy import SqlPersistence", BLIND),
    plant("ecomcore", "import ecomcore_sqlalchemy", BLIND),
    plant("ecomcore_template.gateway", "import ecomcore_sqlalchemy", ADAPTERS),
    plant("ecomcore_template.provider", "import sqlalchemy", DATABASES),
    plant("ecomcore.ordering.ports", "from stdnum.eu import vat", STDNUM),
    plant("ecomcore.ordering.ports", "import stripe", STRIPE),
    plant("ecomcore.ordering.ports", "from alipay import AliPay", ALIPAY),
    plant("ecomcore_template.provider", "from wechatpayv3 import WeChatPay", WECHATPAY),
    plant("ecomcore_stripe", "from ecomcore_alipay import Alipay", ADAPTERS),
    plant("ecomcore.bootstrap", "import ecomcore_wechatpay", BLIND),
    plant("ecomcore.documents.usecases", "import jinja2", PAPER),
    plant("ecomcore_stdnum.vat_ids", "from reportlab.pdfgen import canvas", PAPER),
    plant("ecomcore_stdnum", "from ecomcore_template import Provider", ADAPTERS),
]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of everything the linter judges."""
    shutil.copy(FLOOR_PLAN, tmp_path)
    no_caches = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for source in [HOUSE / "src", *HOUSE.glob("adapters/*/src")]:
        shutil.copytree(source, tmp_path / source.relative_to(HOUSE), ignore=no_caches)
    return tmp_path


def sources(house: Path) -> list[Path]:
    return [house / "src", *sorted(house.glob("adapters/*/src"))]


def file_of(house: Path, module: str) -> Path:
    """The module's file; a module that does not exist yet gets one in the core."""
    for source in sources(house):
        path = source.joinpath(*module.split("."))
        for file in (path / "__init__.py", path.with_suffix(".py")):
            if file.exists():
                return file
    return (house / "src").joinpath(*module.split(".")).with_suffix(".py")


def verdict(house: Path) -> dict[str, str]:
    """KEPT or BROKEN for each sentence, as the linter says of the sources in this folder."""
    path = os.pathsep.join(map(str, sources(house)))
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as lint; lint()",
            *["--config", FLOOR_PLAN.name, "--no-cache", "--no-logo"],
        ],
        cwd=house,
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "300"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    judged = [line for line in run.stdout.splitlines() if line.endswith((" KEPT", " BROKEN"))]
    verdicts = dict(line.rsplit(" ", 1) for line in judged)
    assert verdicts, f"the linter could not judge:\n{run.stdout}\n{run.stderr}"
    return verdicts


def contracts() -> dict[str, dict[str, str]]:
    plan = ConfigParser()
    plan.read(FLOOR_PLAN)
    return {plan[section]["name"]: dict(plan[section]) for section in plan if section.startswith("importlinter:")}


def named(sentence: str, key: str) -> set[str]:
    return set(contracts()[sentence][key].replace(".*", "").split())


def test_the_sources_keep_every_sentence(copy: Path) -> None:
    assert verdict(copy) == dict.fromkeys(contracts(), "KEPT")


@pytest.mark.parametrize("plant", PLANTS, ids=str)
def test_a_line_that_should_not_be_is_found(copy: Path, plant: Plant) -> None:
    with file_of(copy, plant.module).open("a") as file:
        file.write(f"\n{plant.line}\n")

    assert {sentence for sentence, word in verdict(copy).items() if word == "BROKEN"} == plant.breaks


def test_every_sentence_has_a_plant_that_breaks_it() -> None:
    assert {sentence for plant in PLANTS for sentence in plant.breaks} == set(contracts())


def test_nothing_is_excused() -> None:
    plan = FLOOR_PLAN.read_text()

    for excuse in (
        "ignore_imports",
        "exhaustive_ignores",
        "skip_descendants",
        "allow_indirect_imports",
        "unmatched_",
    ):
        assert excuse not in plan
    assert "exclude_type_checking_imports" not in plan
    floors = [contract for contract in contracts().values() if contract["type"] == "layers"]
    assert floors
    assert all(contract.get("exhaustive") == "True" for contract in floors)


def test_every_package_of_the_house_is_under_the_plan() -> None:
    plan = ConfigParser()
    plan.read(FLOOR_PLAN)

    packages = {file.parent.name for source in sources(HOUSE) for file in source.glob("*/__init__.py")}

    assert set(plan["importlinter"]["root_packages"].split()) == packages
    assert named(ADAPTERS, "modules") == named(BLIND, "forbidden_modules") == packages - {"ecomcore"}


def test_every_room_is_named_wherever_rooms_are_named() -> None:
    core = HOUSE / "src/ecomcore"
    described = [file for file in core.rglob("*.py") if "\nROOM = Room(" in file.read_text()]
    folders = {f"ecomcore.{file.parent.name}" for file in described if file.parent != core}
    files = {f"ecomcore.{file.stem}" for file in described if file.parent == core}

    assert named(ROOMS, "modules") == folders | files
    assert named(MACHINERY, "forbidden_modules") == folders | files | {"ecomcore.flows"}
    assert named(DOORS, "protected_modules") == named(DOORS, "allowed_importers") == folders
