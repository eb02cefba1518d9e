## room
