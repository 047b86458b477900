"""Screens: the main one, help, and the small ones that ask for a word."""
