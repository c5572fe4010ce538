"""The words of Peru's school system that rules depend on: modalities, levels, grades and groups of subjects."""

MODALITIES = ("EBR", "EBA", "EBE")
"""Educación Básica Regular, Alternativa and Especial."""
COVERED_MODALITY = "EBR"
"""The only modality that has this certificate (rule 4)."""

LEVELS = ("initial", "primary", "secondary")
GRADES = {"initial": (0, 5), "primary": (1, 6), "secondary": (1, 5)}
"""Lowest and highest grade of each level; for `initial` the age in years."""

GROUPS = ("area", "transversal", "workshop")
"""Curricular areas, transversal competences and workshops, in the order in which a transcript shows them."""

FIRST_YEAR = 2013
"""The first school year that a certificate covers; for earlier ones there is the *certificado de estudios* (guide)."""
