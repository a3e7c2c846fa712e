package janus

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
)

const orientationURI = cvo.URI

// client is somebody with a camera and a microphone.
type client struct {
	*handle
	pc     *webrtc.PeerConnection
	tracks []*sending
	dead   chan struct{} // closed when the connection is lost for good
}

// sending is a stream on its way.
type sending struct {
	*stream
	track    *webrtc.TrackLocalStaticRTP
	sender   *webrtc.RTPSender
	sequence uint16
	first    uint32        // timestamp
	heard    atomic.Uint32 // the newest sequence number of which Janus has told
}

var mimes = map[string]webrtc.RTPCodecCapability{
	"opus": {MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2, SDPFmtpLine: "minptime=10;useinbandfec=1"},
	"vp8": {MimeType: webrtc.MimeTypeVP8, ClockRate: 90000,
		RTCPFeedback: []webrtc.RTCPFeedback{{Type: "nack"}, {Type: "nack", Parameter: "pli"}}},
	"h264": {MimeType: webrtc.MimeTypeH264, ClockRate: 90000,
		SDPFmtpLine:  "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
		RTCPFeedback: []webrtc.RTCPFeedback{{Type: "nack"}, {Type: "nack", Parameter: "pli"}}},
}

// newClient makes a peer connection that can send these streams, and no more.
func newClient(t *testing.T, h *handle, streams ...*stream) *client {
	t.Helper()
	media, pipeline, settings := &webrtc.MediaEngine{}, &interceptor.Registry{}, webrtc.SettingEngine{}
	c := &client{handle: h, dead: make(chan struct{})}
	for i, s := range streams {
		kind := webrtc.RTPCodecTypeVideo
		if s.codec == "opus" {
			kind = webrtc.RTPCodecTypeAudio
		}
		require.NoError(t, media.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: mimes[s.codec],
			PayloadType: webrtc.PayloadType(100 + i)}, kind))
	}
	require.NoError(t, media.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: orientationURI},
		webrtc.RTPCodecTypeVideo))
	require.NoError(t, webrtc.RegisterDefaultInterceptors(media, pipeline))
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	settings.SetInterfaceFilter(func(name string) bool { return name == clientInterface })
	var err error
	c.pc, err = webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(pipeline),
		webrtc.WithSettingEngine(settings)).
		NewPeerConnection(webrtc.Configuration{})
	require.NoError(t, err)
	t.Cleanup(func() { c.pc.Close() })
	for _, s := range streams {
		one := &sending{stream: s, sequence: 65500, first: 1<<32 - 90000} // both wrap soon
		one.track, err = webrtc.NewTrackLocalStaticRTP(mimes[s.codec], s.codec, "upright")
		require.NoError(t, err)
		one.sender, err = c.pc.AddTrack(one.track)
		require.NoError(t, err)
		go one.listen()
		c.tracks = append(c.tracks, one)
	}
	return c
}

// negotiate sends an offer with the body of a message, takes the answer, and waits until media can flow.
func (c *client) negotiate(body map[string]any) {
	c.t.Helper()
	connected := make(chan struct{}, 1)
	c.pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		if s == webrtc.PeerConnectionStateConnected {
			connected <- struct{}{}
		}
	})
	offer, err := c.pc.CreateOffer(nil)
	require.NoError(c.t, err)
	gathered := webrtc.GatheringCompletePromise(c.pc)
	require.NoError(c.t, c.pc.SetLocalDescription(offer))
	<-gathered
	answer := c.message("event", body, map[string]any{"type": "offer", "sdp": c.pc.LocalDescription().SDP})
	require.NotNil(c.t, answer.JSEP, "Janus has not answered the offer: %v", answer.PluginData.Data)
	require.NoError(c.t, c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer,
		SDP: answer.JSEP.SDP}))
	select {
	case <-connected:
	case <-time.After(patience):
		require.FailNow(c.t, "no connection to Janus", "%s\n%s", c.pc.ConnectionState(), answer.JSEP.SDP)
	}
}

// publish joins a room and sends what the client has until it is over, or until ctx ends. It returns how long that
// took.
func (c *client) publish(ctx context.Context, room int, user int) time.Duration {
	c.t.Helper()
	c.message("event", map[string]any{"request": "join", "ptype": "publisher", "room": room, "id": user}, nil)
	c.negotiate(map[string]any{"request": "publish"})
	return c.send(ctx)
}

// send sends all streams by one clock.
func (c *client) send(ctx context.Context) time.Duration {
	c.t.Helper()
	next := make([]int, len(c.tracks))
	began := time.Now()
	for {
		var first *sending
		index := -1
		for i, s := range c.tracks {
			if next[i] < len(s.packets) && (first == nil || s.packets[next[i]].at < first.packets[next[index]].at) {
				first, index = s, i
			}
		}
		if first == nil {
			took := time.Since(began)
			c.arrive()
			return took
		}
		p := first.packets[next[index]]
		next[index]++
		select {
		case <-ctx.Done():
			return time.Since(began)
		case <-time.After(time.Until(began.Add(p.at))):
		}
		first.write(c.t, p)
	}
}

// arrive waits until Janus tells that it has the last packet of each stream: on a busy machine a request to leave
// overtakes what was sent before.
func (c *client) arrive() {
	c.t.Helper()
	for _, s := range c.tracks {
		require.Eventually(c.t, func() bool { return uint16(s.heard.Load()) == s.sequence-1 },
			patience, 10*time.Millisecond, "Janus has not told of the last packet")
	}
}

// listen reads the reports of a receiver. Without a reader, interceptors do not answer NACKs, either.
func (s *sending) listen() {
	for {
		packets, _, err := s.sender.ReadRTCP()
		if err != nil {
			return
		}
		for _, p := range packets {
			report, is := p.(*rtcp.ReceiverReport)
			if !is {
				continue
			}
			for _, r := range report.Reports {
				s.heard.Store(r.LastSequenceNumber)
			}
		}
	}
}

func (s *sending) write(t *testing.T, p packet) {
	t.Helper()
	out := rtp.Packet{
		Header:  rtp.Header{Version: 2, Marker: p.marker, SequenceNumber: s.sequence, Timestamp: s.first + p.timestamp},
		Payload: p.payload,
	}
	s.sequence++
	if p.orientation != nil {
		for _, e := range s.sender.GetParameters().HeaderExtensions {
			if e.URI == orientationURI {
				require.NoError(t, out.SetExtension(uint8(e.ID), p.orientation))
			}
		}
	}
	require.NoError(t, s.track.WriteRTP(&out))
}

// createRoom makes a room whose publishers are recorded into a folder.
func (s *server) createRoom(t *testing.T, room int, folder string) {
	t.Helper()
	s.attach(t, "janus.plugin.videoroom").message("success", map[string]any{
		"request": "create", "room": room, "publishers": 6, "videocodec": "h264,vp8", "record": true, "rec_dir": folder,
	}, nil)
}
