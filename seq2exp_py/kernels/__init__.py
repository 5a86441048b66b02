"""The selective scan: a readable reference, fast implementations, one dispatcher. Imports nothing else of ours."""
