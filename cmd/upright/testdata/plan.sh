# ann -> out/ann.mp4, out/ann.srt
# warning: video.mjr: 12 bytes make no sense and were left out 12 bytes make no sense and were left
# out 12 bytes make no sense and were left out 12 bytes make no sense and were left out
# copy: H.264 is copied; Opus is copied
gst-launch-1.0 mjrsrc 'location=a b.mjr' ! fakesink

# chat -> out/chat.srt
# copy: there are messages only
# no pipeline: upright writes messages by itself

# bob
# cannot be converted: first line second line; rm -rf /
