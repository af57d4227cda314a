"""Gateways with one defect each, made from the one in memory, and the promise that each of them breaks."""

from __future__ import annotations

import hmac
import json
from time import sleep
from typing import Any

from attrs import evolve, frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import PortUnavailable
from ecomcore.kernel.ids import PaymentId
from ecomcore.kernel.money import Currency, Money, exponent
from ecomcore.memory import MemoryGateway
from ecomcore.memory.gateway_books import Account
from ecomcore.memory.gateway_webhooks import SIGNATURE, TOLERANCE, sign, tell
from ecomcore.ordering import (
    Authorised,
    Capabilities,
    Captured,
    Declined,
    FactKind,
    Forged,
    Found,
    NotFoundThere,
    PaymentRequest,
    Pending,
    Refunded,
    Refusal,
    Unknown,
    Voided,
    Webhook,
)
from ecomcore.testing import NOON


class Forgetful(MemoryGateway):
    """Can forget what it answered."""

    def _forget(self, operation: str) -> None:
        for asked in [asked for asked in self._answers if asked[0] == operation]:
            del self._answers[asked]


# Money and keys ------------------------------------------------------------------------------------------------------


class ForgetsKeys(Forgetful):
    """A retry takes the money again."""

    def capture(self, request: PaymentRequest) -> Any:
        self._forget("capture")
        return super().capture(request)


class RefundsAgain(Forgetful):
    def refund(self, request: PaymentRequest) -> Any:
        self._forget("refund")
        return super().refund(request)


class VoidsAgain(Forgetful):
    def void(self, request: PaymentRequest) -> Any:
        self._forget("void")
        return super().void(request)


class AuthorisesAgain(Forgetful):
    """A retry is another payment to it."""

    tries = 0

    def authorise(self, request: PaymentRequest) -> Any:
        self._forget("authorise")
        self.tries += 1
        return super().authorise(evolve(request, payment=PaymentId(f"{request.payment}-{self.tries}")))


class TakesMoreThanPromised(MemoryGateway):
    def capture(self, request: PaymentRequest) -> Any:
        answer = super().capture(request)
        return Captured("capture-anyway") if isinstance(answer, Refusal) and request.reference else answer


class CapturesWhatWasVoided(MemoryGateway):
    def void(self, request: PaymentRequest) -> Any:
        answer = super().void(request)
        if account := self._accounts.get(request.reference):
            account.book = [dated for dated in account.book if dated.fact.kind is not FactKind.VOIDED]
        return answer


class VoidsWhatWasCaptured(MemoryGateway):
    def void(self, request: PaymentRequest) -> Any:
        answer = super().void(request)
        return Voided("void-anyway") if isinstance(answer, Refusal) and request.reference else answer


class GivesBackMoreThanWasTaken(MemoryGateway):
    def refund(self, request: PaymentRequest) -> Any:
        answer = super().refund(request)
        known = self._accounts.get(request.reference)
        captured = known and known.sum(FactKind.CAPTURED)
        return Refunded("refund-anyway") if isinstance(answer, Refusal) and captured else answer


class GivesBackWhatWasLetGo(MemoryGateway):
    """Only once something was captured, and something let go."""

    def refund(self, request: PaymentRequest) -> Any:
        answer = super().refund(request)
        known = self._accounts.get(request.reference)
        if isinstance(answer, Refusal) and known and known.sum(FactKind.CAPTURED):
            left = known.returnable + known.sum(FactKind.VOIDED)
            if 0 < request.amount.minor <= left:
                return Refunded(self._write(known, FactKind.REFUNDED, request, "refund", False))
        return answer


class UsesAKeyForEachAmount(MemoryGateway):
    """Another amount under the same key is another request to it."""

    def capture(self, request: PaymentRequest) -> Any:
        return super().capture(evolve(request, key=f"{request.key}-{request.amount.minor}"))


class UsesAKeyForEachRefund(MemoryGateway):
    def refund(self, request: PaymentRequest) -> Any:
        return super().refund(evolve(request, key=f"{request.key}-{request.amount.minor}"))


class PromisesWhateverIsAskedLast(MemoryGateway):
    def authorise(self, request: PaymentRequest) -> Any:
        answer = super().authorise(request)
        if isinstance(answer, Authorised):
            self._accounts[answer.reference].promised = request.amount
        return answer


class VoidsTheWhole(MemoryGateway):
    """A part cannot be let go, and it does not say so."""

    def void(self, request: PaymentRequest) -> Any:
        account = self._accounts[request.reference]
        return super().void(evolve(request, amount=evolve(request.amount, minor=account.takable)))


class VoidsEverybody(MemoryGateway):
    def void(self, request: PaymentRequest) -> Any:
        for reference in self._accounts:
            answer = super().void(evolve(request, reference=reference, key=f"{request.key}-{reference}"))
        return answer


class CapturesLessThanNothing(MemoryGateway):
    def capture(self, request: PaymentRequest) -> Any:
        return Captured("capture-of-nothing") if request.amount.minor <= 0 else super().capture(request)


class CountsInEuros(MemoryGateway):
    """Two decimals for every currency."""

    def _euros(self, request: PaymentRequest) -> PaymentRequest:
        minor = request.amount.minor * 100 // 10 ** exponent(request.amount.currency)
        return evolve(request, amount=evolve(request.amount, minor=minor))

    def authorise(self, request: PaymentRequest) -> Any:
        return super().authorise(self._euros(request))

    def capture(self, request: PaymentRequest) -> Any:
        return super().capture(self._euros(request))

    def refund(self, request: PaymentRequest) -> Any:
        return super().refund(self._euros(request))


class IgnoresTheCurrency(MemoryGateway):
    def _account(self, request: PaymentRequest) -> Account | None:
        return self._accounts.get(request.reference)


class KnowsEveryReference(MemoryGateway):
    def capture(self, request: PaymentRequest) -> Any:
        known = request.reference in self._accounts
        return super().capture(request) if known else Captured("capture-of-nothing")


class MixesUpOperations(MemoryGateway):
    """One book of keys for everything."""

    def _once(self, operation: str, request: PaymentRequest, effect: Any, **answers: Any) -> Any:
        known = next((answer for (_, key), answer in self._answers.items() if key == request.key), None)
        return known or super()._once(operation, request, effect, **answers)


class RepeatsReferences(MemoryGateway):
    def authorise(self, request: PaymentRequest) -> Any:
        answer = super().authorise(request)
        return Authorised("auth-1") if isinstance(answer, Authorised) else answer


class ForgetsADecline(Forgetful):
    def authorise(self, request: PaymentRequest) -> Any:
        self._forget("authorise")
        return super().authorise(request)


# Capabilities --------------------------------------------------------------------------------------------------------


class Claims(MemoryGateway):
    """Says that it can do more, or less, than it can."""

    claimed = Capabilities()
    able = Capabilities()

    def __init__(self) -> None:
        super().__init__(self.able)

    @property
    def capabilities(self) -> Capabilities:
        return self.claimed


class ClaimsPartialCaptures(Claims):
    able = Capabilities(partial_capture=False, several_captures=False)


class HidesPartialCaptures(Claims):
    claimed = Capabilities(partial_capture=False, several_captures=False)


class ClaimsSeveralCaptures(Claims):
    """A part captured ends the authorisation."""

    able = Capabilities(several_captures=False)


class HidesSeveralCaptures(Claims):
    claimed = Capabilities(several_captures=False)


class ClaimsPartialRefunds(Claims):
    able = Capabilities(partial_refund=False)


class HidesPartialRefunds(Claims):
    claimed = Capabilities(partial_refund=False)


class ClaimsToTakeAtOnce(Claims):
    claimed = Capabilities(partial_capture=False, several_captures=False, takes_at_once=True)
    able = Capabilities(partial_capture=False, several_captures=False)


class HidesThatItTakesAtOnce(Claims):
    claimed = Capabilities(partial_capture=False, several_captures=False)
    able = Capabilities(partial_capture=False, several_captures=False, takes_at_once=True)


class ClaimsToRedirect(Claims):
    claimed = Capabilities(redirects=True)


class ServesMoreCurrencies(Claims):
    claimed = Capabilities(currencies=frozenset({Currency("JPY"), Currency("EUR"), Currency("KWD")}))


class ContradictsItself(Claims):
    claimed = Capabilities(partial_capture=False)


class TakesBeforeTheBuyerActs(MemoryGateway):
    def capture(self, request: PaymentRequest) -> Any:
        return Captured("capture-at-once") if request.payment in self._waiting else super().capture(request)


class WaitsForever(MemoryGateway):
    """A buyer who went away may still come back, it thinks."""

    def status(self, request: PaymentRequest) -> Any:
        answer = super().status(request)
        return Pending() if isinstance(answer, Declined) else answer


class LeavesThePageOpen(MemoryGateway):
    """It says that it let the payment go, and the buyer can still pay."""

    def void(self, request: PaymentRequest) -> Any:
        return Voided("void-of-a-page") if request.payment in self._waiting else super().void(request)


# What it knows -------------------------------------------------------------------------------------------------------


class TellsOtherNames(MemoryGateway):
    """The status has names of its own for what was captured."""

    def status(self, request: PaymentRequest) -> Any:
        answer = super().status(request)
        if not isinstance(answer, Found):
            return answer
        captured = FactKind.CAPTURED
        facts = [evolve(f, reference=f"tx-{f.reference}") if f.kind is captured else f for f in answer.facts]
        return evolve(answer, facts=facts)


class TellsAsAnOtherPayment(MemoryGateway):
    def status(self, request: PaymentRequest) -> Any:
        answer = super().status(request)
        return evolve(answer, reference="auth") if isinstance(answer, Found) else answer


class TellsMajorUnits(MemoryGateway):
    """The status has the wrong exponent for some currencies."""

    def status(self, request: PaymentRequest) -> Any:
        answer = super().status(request)
        if not isinstance(answer, Found):
            return answer
        per = 10 ** (exponent(request.amount.currency) - 2) if exponent(request.amount.currency) > 2 else 1
        facts = [evolve(f, amount=evolve(f.amount, minor=f.amount.minor // per)) for f in answer.facts]
        return evolve(answer, facts=facts)


class StatusCreates(MemoryGateway):
    """It asks by authorising."""

    def status(self, request: PaymentRequest) -> Any:
        answer = super().status(request)
        if isinstance(answer, NotFoundThere):
            self.authorise(request)
        return answer


class SilenceIsNothing(MemoryGateway):
    def status(self, request: PaymentRequest) -> Any:
        try:
            return super().status(request)
        except PortUnavailable:
            return NotFoundThere()


class TellsWhatWasRefused(MemoryGateway):
    def refund(self, request: PaymentRequest) -> Any:
        answer = super().refund(request)
        if isinstance(answer, Refusal) and (account := self._accounts.get(request.reference)):
            self._write(account, FactKind.REFUNDED, request, "refund", False)
        return answer


class ForgetsWhoWaits(MemoryGateway):
    def status(self, request: PaymentRequest) -> Any:
        answer = super().status(request)
        return NotFoundThere() if isinstance(answer, Pending) else answer


class TellsOfTheLast(MemoryGateway):
    """It answers about the payment that it saw last."""

    def status(self, request: PaymentRequest) -> Any:
        answer = super().status(request)
        last = list(self._accounts)[-1:]
        return evolve(answer, facts=self._accounts[last[0]].facts) if isinstance(answer, Found) else answer


class TellsNothingOfVoids(MemoryGateway):
    def status(self, request: PaymentRequest) -> Any:
        answer = super().status(request)
        if not isinstance(answer, Found):
            return answer
        return evolve(answer, facts=[fact for fact in answer.facts if fact.kind is not FactKind.VOIDED])


class AddsRefundsUp(MemoryGateway):
    """The provider tells how much was given back, and the adapter makes one refund of it."""

    def status(self, request: PaymentRequest) -> Any:
        answer = super().status(request)
        if not isinstance(answer, Found):
            return answer
        refunds = [fact for fact in answer.facts if fact.kind is FactKind.REFUNDED]
        others = [fact for fact in answer.facts if fact.kind is not FactKind.REFUNDED]
        whole = Money(sum(fact.amount.minor for fact in refunds), request.amount.currency)
        return evolve(answer, facts=[*others, *(evolve(fact, amount=whole) for fact in refunds[:1])])


class StatusCosts(MemoryGateway):
    """Each question is written into the books."""

    def status(self, request: PaymentRequest) -> Any:
        answer = super().status(request)
        if isinstance(answer, Found):
            self._accounts[answer.reference].write(FactKind.FEE, request.amount, f"ask-{len(answer.facts)}", NOON)
        return answer


class StatusUsesUpTheKey(MemoryGateway):
    def status(self, request: PaymentRequest) -> Any:
        answer = super().status(request)
        if isinstance(answer, NotFoundThere):
            self._answers["authorise", request.key] = Declined("the key was used")
        return answer


# Webhooks ------------------------------------------------------------------------------------------------------------


class Believes(MemoryGateway):
    """Believes what looks genuine to it."""

    def read(self, webhook: Webhook, at: Instant) -> Any:
        sent, _, proof = webhook.header(SIGNATURE).partition(".")
        when = Instant.fromtimestamp(int(sent), at.tzinfo) if sent.isdecimal() and len(sent) < 12 else at
        expected = sign(self._secret, webhook.body, when).header(SIGNATURE).partition(".")[2]
        genuine = self.looks_genuine(proof.encode("utf-8", "replace"), expected.encode())
        return tell(webhook.body) if genuine and self.is_of_now(at - when) else Forged("no")

    def looks_genuine(self, proof: bytes, expected: bytes) -> bool:
        return hmac.compare_digest(proof, expected)

    def is_of_now(self, age: Any) -> bool:
        return bool(abs(age) <= TOLERANCE)


class BelievesEverybody(Believes):
    def looks_genuine(self, proof: bytes, expected: bytes) -> bool:
        return True


class ComparesTheBeginning(Believes):
    def looks_genuine(self, proof: bytes, expected: bytes) -> bool:
        return hmac.compare_digest(proof[:16], expected[:16])


class ComparesTheEnd(Believes):
    def looks_genuine(self, proof: bytes, expected: bytes) -> bool:
        return hmac.compare_digest(proof[-40:], expected[-40:])


class ComparesWhatThereIs(Believes):
    """An empty proof has nothing wrong in it."""

    def looks_genuine(self, proof: bytes, expected: bytes) -> bool:
        return expected.startswith(proof)


class BelievesOldOnes(Believes):
    def is_of_now(self, age: Any) -> bool:
        return bool(age >= -TOLERANCE)


class BelievesTheFuture(Believes):
    def is_of_now(self, age: Any) -> bool:
        return bool(age <= TOLERANCE)


class ProvesTheMomentOnly(MemoryGateway):
    """The proof does not cover the body."""

    def signed(self, body: bytes, at: Instant) -> Webhook:
        return evolve(super().signed(b"", at), body=body)

    def read(self, webhook: Webhook, at: Instant) -> Any:
        answer = super().read(evolve(webhook, body=b""), at)
        return answer if isinstance(answer, Forged) else tell(webhook.body)


class LooksInsideFirst(MemoryGateway):
    """Garbage raises before it is found to be forged."""

    def read(self, webhook: Webhook, at: Instant) -> Any:
        json.loads(webhook.body)
        return super().read(webhook, at)


class ComparesText(MemoryGateway):
    """``compare_digest`` of text raises for what is not ASCII."""

    def read(self, webhook: Webhook, at: Instant) -> Any:
        hmac.compare_digest(webhook.header(SIGNATURE), "0")
        return super().read(webhook, at)


class UnderstandsEverything(MemoryGateway):
    """What is signed has the form it expects."""

    def read(self, webhook: Webhook, at: Instant) -> Any:
        answer = super().read(webhook, at)
        return answer if isinstance(answer, Forged) else (json.loads(webhook.body)["id"] and answer)


class WantsItsOwnSpelling(MemoryGateway):
    def read(self, webhook: Webhook, at: Instant) -> Any:
        return super().read(webhook, at) if SIGNATURE in webhook.headers else Forged("no signature")


class NumbersWhatItReads(MemoryGateway):
    """A message that comes again has a new id."""

    reads = 0

    def read(self, webhook: Webhook, at: Instant) -> Any:
        answer = super().read(webhook, at)
        self.reads += 1
        return answer if isinstance(answer, Forged) else tuple(evolve(n, id=f"{n.id}-{self.reads}") for n in answer)


class HasOneIdForAll(MemoryGateway):
    def read(self, webhook: Webhook, at: Instant) -> Any:
        answer = super().read(webhook, at)
        return answer if isinstance(answer, Forged) else tuple(evolve(notice, id="event") for notice in answer)


class HearsOtherNames(MemoryGateway):
    """A fact heard from a webhook has another name than one told directly."""

    def read(self, webhook: Webhook, at: Instant) -> Any:
        answer = super().read(webhook, at)
        if isinstance(answer, Forged):
            return answer
        return tuple(evolve(n, fact=evolve(n.fact, reference=f"evt-{n.fact.reference}")) for n in answer)


class HearsOfNobody(MemoryGateway):
    def read(self, webhook: Webhook, at: Instant) -> Any:
        answer = super().read(webhook, at)
        if isinstance(answer, Forged):
            return answer
        return tuple(evolve(notice, payment=None, reference="") for notice in answer)


class TakesTheIdFromAHeader(MemoryGateway):
    """The header is not proved: whoever changes it has the same message heard again as another."""

    def signed(self, body: bytes, at: Instant) -> Webhook:
        webhook = super().signed(body, at)
        return evolve(webhook, headers={**webhook.headers, "Memory-Id": f"evt-{len(body)}"})

    def read(self, webhook: Webhook, at: Instant) -> Any:
        answer = super().read(webhook, at)
        if isinstance(answer, Forged):
            return answer
        return tuple(evolve(notice, id=webhook.header("Memory-Id") or "none") for notice in answer)


class DoesWhatItReads(MemoryGateway):
    def read(self, webhook: Webhook, at: Instant) -> Any:
        answer = super().read(webhook, at)
        for notice in () if isinstance(answer, Forged) else answer:
            account = self._accounts[notice.reference]
            account.write(FactKind.FEE, notice.fact.amount, f"read-{len(account.book)}", at)
        return answer


# Wires and threads ---------------------------------------------------------------------------------------------------


class DeclinesOnOutage(MemoryGateway):
    def authorise(self, request: PaymentRequest) -> Any:
        try:
            return super().authorise(request)
        except PortUnavailable:
            return Declined("try another card")


class TakesSilenceForAPromise(MemoryGateway):
    def authorise(self, request: PaymentRequest) -> Any:
        answer = super().authorise(request)
        return Authorised("auth-surely") if isinstance(answer, Unknown) else answer


class MovesMoneyInAnOutage(MemoryGateway):
    def refund(self, request: PaymentRequest) -> Any:
        try:
            return super().refund(request)
        except PortUnavailable:
            super().refund(request)
            raise


class TakesSilenceForSuccess(MemoryGateway):
    def capture(self, request: PaymentRequest) -> Any:
        answer = super().capture(request)
        return Captured("capture-surely") if isinstance(answer, Unknown) else answer


class TakesSilenceForAnOutage(MemoryGateway):
    """It says that nothing happened, and does not know."""

    def refund(self, request: PaymentRequest) -> Any:
        answer = super().refund(request)
        if isinstance(answer, Unknown):
            raise PortUnavailable("timed out")
        return answer


class AsksAgainUnderAnotherKey(MemoryGateway):
    """What is asked after silence is a new request to it."""

    def refund(self, request: PaymentRequest) -> Any:
        tries = sum(1 for operation, _ in self._answers if operation == "refund")
        return super().refund(evolve(request, key=f"{request.key}-{tries}"))


class VoidsAgainUnderAnotherKey(MemoryGateway):
    def void(self, request: PaymentRequest) -> Any:
        tries = sum(1 for operation, _ in self._answers if operation == "void")
        return super().void(evolve(request, key=f"{request.key}-{tries}"))


class LooksThenLeaps(MemoryGateway):
    """Between the look at what is left and the refund, others look too."""

    def refund(self, request: PaymentRequest) -> Any:
        account = self._accounts[request.reference]
        enough = request.amount.minor <= account.returnable
        sleep(0.05)
        if not enough:
            return Refusal("more than what was taken")
        return Refunded(self._write(account, FactKind.REFUNDED, request, "refund", False))


class LeapsOverTheOther(MemoryGateway):
    """Captures and voids look at what is promised, and do not see each other."""

    def capture(self, request: PaymentRequest) -> Any:
        account = self._accounts[request.reference]
        looked = account.takable
        sleep(0.05)
        if request.amount.minor > looked:
            return Refusal("more than what is promised")
        return Captured(self._write(account, FactKind.CAPTURED, request, "capture", False))

    def void(self, request: PaymentRequest) -> Any:
        account = self._accounts[request.reference]
        looked = account.takable
        sleep(0.05)
        if request.amount.minor > looked:
            return Refusal("more than what is promised")
        return Voided(self._write(account, FactKind.VOIDED, request, "void", False))


@frozen
class Broken:
    """A defect, and the promise that is there to find it."""

    name: str
    make: type[MemoryGateway]
    promise: str

    def __str__(self) -> str:
        return self.name


GATEWAYS = (
    Broken("forgets keys", ForgetsKeys, "a_capture_asked_for_again_under_its_key_takes_once"),
    Broken("forgets keys of twins", ForgetsKeys, "twins_sent_at_once_have_one_effect_and_get_one_answer"),
    Broken("refunds again", RefundsAgain, "a_refund_asked_for_again_under_its_key_gives_back_once"),
    Broken("refunds twins", RefundsAgain, "twins_of_a_refund_give_back_once"),
    Broken("voids again", VoidsAgain, "a_void_asked_for_again_under_its_key_is_the_same_one"),
    Broken("voids twins", VoidsAgain, "twins_of_a_void_let_go_once"),
    Broken("authorises again", AuthorisesAgain, "an_authorisation_asked_for_again_under_its_key_is_the_same_one"),
    Broken("authorises twins", AuthorisesAgain, "twins_of_an_authorisation_are_one_payment"),
    Broken("takes more than promised", TakesMoreThanPromised, "no_more_is_captured_than_is_promised"),
    Broken("captures what was voided", CapturesWhatWasVoided, "what_is_voided_cannot_be_captured"),
    Broken(
        "voids what was captured", VoidsWhatWasCaptured, "what_is_captured_cannot_be_voided_unless_it_was_taken_at_once"
    ),
    Broken("voids more than is left", VoidsWhatWasCaptured, "the_part_that_is_not_captured_can_be_let_go"),
    Broken("gives back more than was taken", GivesBackMoreThanWasTaken, "no_more_is_refunded_than_was_captured"),
    Broken("gives back what was let go", GivesBackWhatWasLetGo, "a_payment_lived_at_random_adds_up"),
    Broken(
        "uses a key for each amount", UsesAKeyForEachAmount, "a_key_with_another_amount_captures_no_more_than_the_first"
    ),
    Broken("captures less than nothing", CapturesLessThanNothing, "nothing_and_less_than_nothing_is_not_moved"),
    Broken("counts in euros", CountsInEuros, "amounts_are_in_minor_units_of_any_currency"),
    Broken("ignores the currency", IgnoresTheCurrency, "what_was_promised_in_one_currency_is_not_captured_in_another"),
    Broken("knows every reference", KnowsEveryReference, "an_unknown_reference_is_refused"),
    Broken("mixes up operations", MixesUpOperations, "a_key_means_its_operation_only"),
    Broken("repeats references", RepeatsReferences, "every_authorisation_has_a_reference_of_its_own"),
    Broken("forgets a decline", ForgetsADecline, "a_decline_is_an_answer_and_stays_the_same"),
    Broken("claims partial captures", ClaimsPartialCaptures, "a_part_of_what_is_promised_is_captured_if_it_says_so"),
    Broken("hides partial captures", HidesPartialCaptures, "a_part_of_what_is_promised_is_captured_if_it_says_so"),
    Broken("claims several captures", ClaimsSeveralCaptures, "what_is_promised_is_captured_in_parts_if_it_says_so"),
    Broken("hides several captures", HidesSeveralCaptures, "what_is_promised_is_captured_in_parts_if_it_says_so"),
    Broken("claims partial refunds", ClaimsPartialRefunds, "what_was_captured_is_refunded_in_parts_if_it_says_so"),
    Broken("hides partial refunds", HidesPartialRefunds, "what_was_captured_is_refunded_in_parts_if_it_says_so"),
    Broken("claims to take at once", ClaimsToTakeAtOnce, "what_is_paid_is_taken_at_once_only_if_it_says_so"),
    Broken("hides that it takes at once", HidesThatItTakesAtOnce, "what_is_paid_is_taken_at_once_only_if_it_says_so"),
    Broken(
        "takes twice what it took at once",
        ClaimsToTakeAtOnce,
        "one_that_takes_at_once_answers_a_capture_with_what_it_has_taken",
    ),
    Broken("claims to redirect", ClaimsToRedirect, "the_buyer_always_has_to_act_if_it_says_so"),
    Broken("serves more currencies", ServesMoreCurrencies, "currencies_it_does_not_serve_are_declined"),
    Broken("contradicts itself", ContradictsItself, "its_capabilities_fit_together"),
    Broken("takes before the buyer acts", TakesBeforeTheBuyerActs, "it_waits_for_a_buyer_who_has_to_act"),
    Broken("forgets who waits", ForgetsWhoWaits, "it_waits_for_a_buyer_who_has_to_act"),
    Broken("tells other names", TellsOtherNames, "a_capture_is_found_under_the_name_that_was_told"),
    Broken(
        "finds what happened under another name",
        TellsOtherNames,
        "what_happened_behind_a_lost_answer_is_found_by_asking_for_the_status",
    ),
    Broken("tells as another payment", TellsAsAnOtherPayment, "the_promise_is_found_under_the_name_that_was_told"),
    Broken("tells major units", TellsMajorUnits, "facts_are_told_in_the_currency_of_the_payment"),
    Broken("status creates", StatusCreates, "a_payment_nobody_asked_for_is_not_found"),
    Broken("silence is nothing", SilenceIsNothing, "a_status_that_got_lost_does_not_say_that_there_is_nothing"),
    Broken("tells what was refused", TellsWhatWasRefused, "what_was_refused_is_not_told_as_done"),
    Broken("believes everybody", BelievesEverybody, "a_webhook_without_its_proof_is_forged"),
    Broken("believes what is empty", ComparesWhatThereIs, "a_webhook_without_its_proof_is_forged"),
    Broken("believes strangers", BelievesEverybody, "garbage_from_strangers_is_never_believed_and_never_raises"),
    Broken("compares the beginning", ComparesTheBeginning, "a_proof_with_one_wrong_character_is_forged"),
    Broken("compares the end", ComparesTheEnd, "a_proof_with_one_wrong_character_is_forged"),
    Broken("believes old ones", BelievesOldOnes, "an_old_webhook_is_forged_and_so_is_one_of_the_future"),
    Broken("believes the future", BelievesTheFuture, "an_old_webhook_is_forged_and_so_is_one_of_the_future"),
    Broken("proves the moment only", ProvesTheMomentOnly, "the_proof_of_another_body_proves_nothing"),
    Broken("proves no byte", ProvesTheMomentOnly, "a_body_with_one_wrong_byte_tells_nothing"),
    Broken("looks inside first", LooksInsideFirst, "garbage_from_strangers_is_never_believed_and_never_raises"),
    Broken("compares text", ComparesText, "a_proof_with_one_wrong_character_is_forged"),
    Broken(
        "understands everything",
        UnderstandsEverything,
        "what_the_provider_says_and_nobody_understands_is_of_no_interest",
    ),
    Broken("wants its own spelling", WantsItsOwnSpelling, "names_of_headers_may_be_written_in_any_case"),
    Broken("numbers what it reads", NumbersWhatItReads, "a_webhook_that_comes_again_is_the_same_notice"),
    Broken("has one id for all", HasOneIdForAll, "different_messages_have_different_ids"),
    Broken("hears other names", HearsOtherNames, "what_a_webhook_tells_is_what_the_provider_knows"),
    Broken("does what it reads", DoesWhatItReads, "reading_a_webhook_changes_nothing"),
    Broken("declines on outage", DeclinesOnOutage, "a_request_that_got_lost_is_neither_a_no_nor_a_success"),
    Broken(
        "takes silence for success",
        TakesSilenceForSuccess,
        "a_capture_whose_answer_got_lost_is_settled_by_asking_again",
    ),
    Broken(
        "takes silence for an outage",
        TakesSilenceForAnOutage,
        "a_refund_whose_answer_got_lost_is_settled_by_asking_again",
    ),
    Broken(
        "asks again under another key",
        AsksAgainUnderAnotherKey,
        "a_refund_whose_answer_got_lost_is_settled_by_asking_again",
    ),
    Broken("looks, then leaps", LooksThenLeaps, "rivals_never_give_back_more_than_was_taken"),
    Broken("leaps over the other", LeapsOverTheOther, "a_capture_and_a_void_at_once_do_not_both_have_it"),
    Broken("waits forever", WaitsForever, "a_buyer_who_does_not_act_has_declined"),
    Broken(
        "promises whatever is asked last",
        PromisesWhateverIsAskedLast,
        "a_key_with_another_amount_promises_no_more_than_the_first",
    ),
    Broken(
        "uses a key for each refund", UsesAKeyForEachRefund, "a_key_with_another_amount_refunds_no_more_than_the_first"
    ),
    Broken("voids the whole", VoidsTheWhole, "a_part_is_voided_as_asked_or_not_at_all"),
    Broken("voids everybody", VoidsEverybody, "one_payment_does_not_touch_another"),
    Broken("moves money in an outage", MovesMoneyInAnOutage, "a_request_that_got_lost_moves_nothing"),
    Broken(
        "voids again under another key",
        VoidsAgainUnderAnotherKey,
        "a_void_whose_answer_got_lost_is_settled_by_asking_again",
    ),
    Broken("hears of nobody", HearsOfNobody, "a_webhook_says_which_payment_it_is_about"),
    Broken("authorises again later", AuthorisesAgain, "an_authorisation_asked_for_again_later_is_still_the_same_one"),
    Broken(
        "takes silence for a promise",
        TakesSilenceForAPromise,
        "an_authorisation_whose_answer_got_lost_is_settled_by_asking_again",
    ),
    Broken("status costs", StatusCosts, "asking_changes_nothing"),
    Broken("status uses up the key", StatusUsesUpTheKey, "asking_for_a_payment_does_not_stand_in_its_way"),
    Broken("adds refunds up", AddsRefundsUp, "each_refund_is_found_under_the_name_that_was_told"),
    Broken("tells of the last", TellsOfTheLast, "one_payment_is_not_told_as_another"),
    Broken("takes the id from a header", TakesTheIdFromAHeader, "other_headers_prove_nothing_when_they_are_changed"),
    Broken("leaves the page open", LeavesThePageOpen, "what_is_let_go_before_the_buyer_acts_is_never_taken"),
    Broken("tells nothing of voids", TellsNothingOfVoids, "what_was_let_go_is_found_under_the_name_that_was_told"),
)
