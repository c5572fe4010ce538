"""What others wrote and we ship: the locked packages, their bill of materials, and what is known against them."""
