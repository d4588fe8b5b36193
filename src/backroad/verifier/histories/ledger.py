"""A ledger: money moves, and none is made or lost."""

from collections.abc import Hashable, Mapping

import msgspec

from backroad.verifier.histories.history import History, Operation
from backroad.verifier.histories.judgement import Judgement, failed, passed, unclear
from backroad.verifier.wording import value

BUDGET = 20_000  # choices tried to explain one snapshot
MOST = 300  # uncertain transfers; the search goes as deep

Balances = Mapping[Hashable, int]
Effect = dict[Hashable, int]


def ledger(history: History, initial: Balances, *, atomic: bool = True, overdraft: bool = False) -> Judgement:
    """Operations: `transfer` (source, target, amount), `snapshot` (the result is the balance of every account).

    Amounts are whole numbers of the smallest unit. Failed if the sum of a snapshot is not the first sum, if a balance
    is below zero (unless `overdraft`), or if no choice of the unknown and concurrent transfers explains the balances.
    With `atomic=False`, for balances read one after the other, a snapshot taken while a transfer may have been under
    way is not judged. Unclear if no snapshot could be judged, or one could not be explained within the budget: more
    than a dozen unknown transfers between the same accounts.
    """
    expected = f"a sum of {sum(initial.values())} over all accounts"
    transfers = history.of("transfer")
    told, undecided = False, False
    for snapshot in (one for one in history.of("snapshot") if one.ok):
        sure = [one for one in transfers if one.ok and history.before(one, snapshot)]
        maybe = [one for one in transfers if one not in sure and one.start <= snapshot.end]
        moving = [one for one in maybe if not history.before(one, snapshot)]
        if moving and not atomic:
            continue
        told = True
        balances: Balances = snapshot.result
        total = sum(balances.values())
        if total != sum(initial.values()):
            return failed(expected, f"a sum of {total}", (*sure[-4:], *maybe[:4], snapshot))
        below = {account: balance for account, balance in balances.items() if balance < 0}
        if below and not overdraft:
            return failed("no balance below 0", shown(below), (*touching(sure + maybe, below), snapshot))
        explained = Explanation(initial, balances, sure, maybe).found()
        if explained is False:
            wrong = off(initial, balances, sure)
            got = f"{shown({account: balances.get(account, 0) for account in wrong})}, which no transfers explain"
            return failed("each transfer made once and whole", got, (*touching(sure + maybe, wrong), snapshot))
        undecided = undecided or explained is None
    if undecided:
        return unclear(expected, "the sum is right, but too many transfers have no known outcome to judge each account")
    if not told:
        return unclear(expected, "the balances were not read, or only while money may have been moving")
    return passed(expected, "the sum is right, and transfers explain every balance")


def shown(balances: Balances) -> str:
    return ", ".join(f"{account}: {value(balance)}" for account, balance in balances.items())


def touching(transfers: list[Operation], accounts: Balances) -> list[Operation]:
    return [one for one in transfers if one.arg("source") in accounts or one.arg("target") in accounts][-8:]


def effect(one: Operation) -> Effect:
    source, target, amount = one.arg("source"), one.arg("target"), one.arg("amount")
    return {source: -amount, target: amount} if source != target else {}


def off(initial: Balances, balances: Balances, sure: list[Operation]) -> Effect:
    """By how much each balance differs from what the certain transfers make it."""
    left: Effect = {account: balances.get(account, 0) - initial.get(account, 0) for account in {**initial, **balances}}
    for one in sure:
        for account, amount in effect(one).items():
            left[account] = left.get(account, 0) - amount
    return {account: amount for account, amount in left.items() if amount}


class Explanation(msgspec.Struct):
    """Which of the uncertain transfers make up the difference: a search, as that is the subset sum problem."""

    initial: Balances
    balances: Balances
    sure: list[Operation]
    maybe: list[Operation]
    tried: int = 0

    def found(self) -> bool | None:
        """None if the budget was spent."""
        effects = [change for change in map(effect, self.maybe) if change]
        if len(effects) > MOST:
            return None
        return self._search(off(self.initial, self.balances, self.sure), effects)

    def _search(self, left: Effect, effects: list[Effect]) -> bool | None:
        if not left:
            return True
        self.tried += 1
        if self.tried > BUDGET:
            return None
        # The account with the fewest ways to be set right: one of them is part of every explanation.
        account = min(left, key=lambda name: (sum(name in change for change in effects), str(name)))
        for place, change in enumerate(effects):
            if account in change:
                after = {name: left.get(name, 0) - change.get(name, 0) for name in {**left, **change}}
                rest = [
                    other for at, other in enumerate(effects) if at > place or (at < place and account not in other)
                ]
                answer = self._search({name: amount for name, amount in after.items() if amount}, rest)
                if answer is not False:
                    return answer
        return False
