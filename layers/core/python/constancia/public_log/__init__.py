"""The public log (rule 12): every issue, supersession and annulment in a list that only grows and anybody can check."""
