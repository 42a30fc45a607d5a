"""Metrics as pure functions, and one call that scores a finished motion against a reference."""

from borelli.evaluation.balance import BalanceReference as BalanceReference
from borelli.evaluation.balance import read_balance_reference as read_balance_reference
from borelli.evaluation.balance import score_balance as score_balance
from borelli.evaluation.evaluate import describe as describe
from borelli.evaluation.evaluate import evaluate as evaluate
from borelli.evaluation.evaluate import load_reference as load_reference
