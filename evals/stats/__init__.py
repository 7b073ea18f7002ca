"""How sure a figure is. Pure functions over arrays of counts; never looks at a text, a label or a run again.

Articles are the unit of resampling: the values of one article depend on each other, articles do not. Where several
articles tell of one incident they are resampled together (`clusters`). Every function takes counts of shape
(articles, fields, 5), the five outcomes in the order of `Outcome`, and treats all fields at once by the same draws.
"""

from evals.stats.agreement import alpha
from evals.stats.bootstrap import f1_intervals, intervals, macro_intervals
from evals.stats.figures import FIGURES, Figure, Interval, f1_of, figure_of, macro_over_articles, macro_over_fields
from evals.stats.paired import Comparison, Verdict, compare, holm
from evals.stats.repeats import RepeatNoise, repeat_noise

__all__ = [
    "FIGURES",
    "Comparison",
    "Figure",
    "Interval",
    "RepeatNoise",
    "Verdict",
    "alpha",
    "compare",
    "f1_intervals",
    "f1_of",
    "figure_of",
    "holm",
    "intervals",
    "macro_intervals",
    "macro_over_articles",
    "macro_over_fields",
    "repeat_noise",
]
