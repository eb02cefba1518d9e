# What a pupil reads from the desktop's own parts: pages of the proxy, and the lock.

proxy-over-session = Vigie · session in progress
proxy-over = Vigie · local filter of this machine
blocked-title = This site is blocked during the session
blocked-article = Article of the charter
blocked-article-cited = Art. { $number } · { $title }
blocked-why = What was recognised
blocked-seen = This attempt is noted in the session: it appears in your panel, and the adult can see it.
blocked-next = Do you need this site for your work? Open your panel to ask for help or to contest.
blocked-panel = Open my panel
blocked-short = Blocked by the charter: { $host } (art. { $number }). { $words }

failed-title = This site does not answer
failed-words = The page could not be loaded: the site cannot be found or is down, or the network is cut.
late-title = This site takes too long to answer
late-words = The page could not be loaded in time. Try again in a moment.
own-title = Reserved address
own-words = This address belongs to Vigie on this machine: it does not go through the filter.
proxy-refused-account = This local filter serves another account of this machine.
local-title = Address of the local network
local-words = This name leads to this machine or to the school’s network: the filter only goes there where the school allowed it.
bad-title = Request not understood
bad-words = The local filter did not understand this request.
full-words = The local filter has too many open connections. Close some tabs and try again.

# Why something cannot run here: read by the adult on the tile.
desktop-wayland = Wayland desktop, not supported yet
desktop-none = no graphical desktop
x11-unreachable = the desktop (X11) does not answer
x11-lost = the desktop (X11) has stopped
front-no-wm = the window manager does not say which window is in front
presence-no-extension = the desktop does not say whether somebody is at the seat

# The lock.
lock-title = Screen locked
lock-minutes = { $minutes ->
    [one] At most { $minutes } minute left
   *[other] At most { $minutes } minutes left
 }
lock-seconds = { $seconds ->
    [one] { $seconds } second left
   *[other] { $seconds } seconds left
 }
lock-who = Locked by the adult of the session. Nothing that you type is read or kept.
lock-held = another application holds the keyboard or the mouse (an open menu?)
lock-no-window = the lock window did not appear

shut-title = This site is closed for now
shut-words = The adult of the session has opened only some sites.
shut-sites = Open sites
open-no-browser = no browser opens on this workstation
close-nothing = no window is in front
