#!/bin/sh
# Run as root by the display manager when a desktop session starts, with the pupil's account in USER and the session's DISPLAY and
# XAUTHORITY (LightDM: session-setup-script). The agent may look at this display; then it is started for this pupil.
set -eu
xhost +si:localuser:vigie
systemctl stop 'vigie-agent@*' || true
systemctl start --no-block "vigie-agent@$USER"
