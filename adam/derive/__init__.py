"""The derivation verbs: whole columns in, whole columns out; no dataset and no parameter is named here."""
