"""What each command of a seat asks for, checks and tells: descriptions, without a screen."""
