"""What answers say: as the fields of a JSON document, and as text for people, side by side.

One module for each thing that commands answer with. An answer of one sentence stands in its command. These
modules import nothing of Rich: a document is made without it.
"""
