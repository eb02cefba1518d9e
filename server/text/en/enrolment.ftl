# The machines of a room: tokens, waiting, copied keys.

enrolment-cloned-machine = This machine’s key came from another computer: its disk was copied. The copy is refused.
enrolment-cloned-link = Two computers were connected at the same time with the same key: one is a copy. The later one is refused.
enrolment-cloned-key = This machine’s key came under another identity. The copy is refused.
