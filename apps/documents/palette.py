"""Colours on paper and in workbooks: those of the dashboards, dark enough for print and for every eye."""

SERIES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")  # after Okabe and Ito
EARLIER = "#8a9499"
GOOD, BAD, PLAIN = "#00684c", "#a33c00", "#5b6b72"
INK, QUIET, LINE, TINT = "#16262d", "#56666d", "#d5dde0", "#eef4f6"
ACCENT = "#0072b2"
