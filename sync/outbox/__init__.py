"""The outbox: texts that a person posts where no program may, handed out, claimed and proved."""
