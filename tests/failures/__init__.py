"""The failures of other shops, which this one survives."""
