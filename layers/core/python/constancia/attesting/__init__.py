"""The signed data of a certificate (rule 11): how they are packed, signed, checked and read."""
