"""What can go wrong when somebody asks for a person; each message is a sentence for the one who asks."""


class PrivacyError(Exception):
    """A question about a person that has no answer."""


class UnknownPersonError(PrivacyError):
    """Nobody of that id was ever delivered."""


class NobodyError(PrivacyError):
    """No person has that key."""
