"""The tests of ecomcore."""
