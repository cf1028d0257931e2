"""Words by language: one file a language, for the places and for the movements of reports."""
