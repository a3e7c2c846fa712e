package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// streamName is what NATS allows in names of streams and buckets, kept short for what is put behind it.
var streamName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func (k *checker) queue() {
	q := &k.c.Queue
	if !streamName.MatchString(q.Name) {
		k.report("queue.name", fmt.Sprintf("name: %s cannot be the beginning of a stream's name", quote(q.Name)),
			"take letters, digits, - and _")
	}
	k.between("queue.replicas", q.Replicas, 1, 5, "NATS keeps 1 to 5 copies")
	if (q.Certificate == "") != (q.Key == "") {
		has, lacks := "certificate", "key"
		if q.Certificate == "" {
			has, lacks = lacks, has
		}
		k.report("queue."+has, fmt.Sprintf("%s is of no use without %s", has, lacks), "give both or neither")
	}
	if q.URL == "" {
		for _, o := range []struct {
			key  string
			used bool
		}{
			{"queue.credentials", q.Credentials != ""},
			{"queue.ca", q.CA != ""},
			{"queue.certificate", q.Certificate != ""},
			{"queue.key", q.Key != ""},
			{"queue.replicas", q.Replicas > 1},
		} {
			if o.used {
				k.report(o.key, fmt.Sprintf("%s is for a cluster, and there is no queue.url", nameOf(o.key)),
					"give the cluster's url, or leave it out")
			}
		}
		return
	}
	var scheme string
	for one := range strings.SplitSeq(q.URL, ",") {
		one = strings.TrimSpace(one)
		if !strings.Contains(one, "://") {
			one = "nats://" + one
		}
		u, err := url.Parse(one)
		switch {
		case err != nil || u.Hostname() == "" || !validPort(u.Port(), true):
			k.report("queue.url", fmt.Sprintf("url: %s is no address of a NATS server", quote(one)),
				"write it as nats://host:4222, several with commas between them")
			return
		case !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme):
			k.report("queue.url", fmt.Sprintf("url: %s has a scheme that is not known", quote(one)),
				"it is one of nats, tls, ws and wss")
			return
		}
		if ws := strings.HasPrefix(u.Scheme, "ws"); scheme != "" && ws != strings.HasPrefix(scheme, "ws") {
			k.report("queue.url", "url: addresses with and without WebSocket cannot be mixed", "take one kind")
			return
		}
		scheme = u.Scheme
	}
}

func validPort(port string, orNone bool) bool {
	if port == "" {
		return orNone
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && (n > 0 || !orNone)
}

// ListenOff is what HTTP.Listen is for no API and no page.
const ListenOff = "off"

func (k *checker) http() {
	h := &k.c.HTTP
	if h.Listen == ListenOff {
		for key, used := range map[string]bool{"http.pprof": h.Pprof, "http.token_file": h.TokenFile != ""} {
			if used {
				k.warn(key, nameOf(key)+" has no effect, since http.listen is off", "")
			}
		}
		return
	}
	k.between("http.connections", h.Connections, 16, 65536, "the default is 512")
	k.between("http.per_address", h.PerAddress, 4, 65536, "the default is 256")
	for i, text := range h.Proxies {
		if _, err := ParseProxy(text); err != nil {
			k.report(fmt.Sprintf("http.proxies[%d]", i), fmt.Sprintf("proxies: %s is no address", quote(text)),
				"write it as 10.0.0.5, or a range as 10.0.0.0/8")
		}
	}
	host, port, err := net.SplitHostPort(h.Listen)
	if err != nil || !validPort(port, false) || strings.ContainsAny(host, "/ @") {
		hint := "write it as 127.0.0.1:7188, or off for none"
		if n, err := strconv.Atoi(h.Listen); err == nil {
			hint = fmt.Sprintf("write 127.0.0.1:%d", n)
		}
		k.report("http.listen", fmt.Sprintf("listen: %s is no host:port", quote(h.Listen)), hint)
		return
	}
	if h.TokenFile == "" && !k.d.broken["http.token_file"] && !loopback(host) {
		where := "to all addresses of the machine"
		if host != "" && !isUnspecified(host) {
			where = "to " + quote(host)
		}
		k.report("http.listen", fmt.Sprintf("listen: anyone who can connect %s could see the recordings and end jobs",
			where),
			"give a token_file, or listen on 127.0.0.1")
	}
}

// ParseProxy reads an entry of HTTP.Proxies.
func ParseProxy(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		p, err := netip.ParsePrefix(text)
		return p.Masked(), err
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	return netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), nil
}

func isUnspecified(host string) bool {
	ip := net.ParseIP(host)
	return ip != nil && ip.IsUnspecified()
}

// loopback says whether only this machine can connect to host. Of names, localhost alone is known to mean that.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	if i := strings.IndexByte(host, '%'); i >= 0 { // zone of an IPv6 address
		host = host[:i]
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// bucketSchemes are those of gocloud.dev/blob that are compiled in.
var bucketSchemes = []string{"s3", "gs", "azblob", "file"}

func (k *checker) upload(key string, w *Watch) {
	u := w.Upload
	if u.URL == "" {
		text := "url is missing: where are outputs to be uploaded to?"
		if u.RemoveLocal {
			text = "remove_local without url would only remove the outputs"
		}
		k.report(key+".url", text,
			"write it as s3://bucket?region=eu-central-1, gs://bucket, azblob://container or file:///folder")
		return
	}
	address, err := url.Parse(u.URL)
	switch {
	case err != nil || !slices.Contains(bucketSchemes, address.Scheme):
		k.report(key+".url", fmt.Sprintf("url: %s is no bucket", quote(u.URL)),
			"write it as s3://bucket, gs://bucket, azblob://container or file:///folder")
		return
	case address.Scheme == "file" && (address.Host != "" || address.Path == "" || address.Path[0] != '/'):
		k.report(key+".url", fmt.Sprintf("url: %s has no absolute path", quote(u.URL)),
			"write it with three slashes: file:///srv/videos")
		return
	case address.Scheme != "file" && address.Host == "":
		k.report(key+".url", fmt.Sprintf("url: %s names no bucket", quote(u.URL)), "")
		return
	}
	if address.Scheme == "file" {
		to := k.real(address.Path)
		switch {
		case w.Output != "" && to == k.real(w.Output):
			k.report(key+".url", "url: the outputs would be uploaded to the folder that they are in",
				"name another folder, or leave upload out")
		case k.c.State != "" && inside(to, k.real(k.c.State)):
			k.report(key+".url", "url: the state folder is the queue's alone", "name another folder")
		}
	}
	if strings.HasPrefix(u.Prefix, "/") || slices.Contains(strings.Split(u.Prefix, "/"), "..") {
		k.report(key+".prefix", fmt.Sprintf("prefix: %s cannot be the beginning of a name in a bucket",
			quote(u.Prefix)), "write it as videos/, without .. and without a slash in front")
	}
}

func (k *checker) webhook(key string, h *Webhook) {
	address, err := url.Parse(h.URL)
	switch {
	case h.URL == "":
		k.report(key+".url", "url is missing: who is to be called?", "write it as https://host/path")
	case err != nil || address.Scheme != "http" && address.Scheme != "https" || address.Hostname() == "" ||
		!validPort(address.Port(), true):
		k.report(key+".url", fmt.Sprintf("url: %s is no address of a web server", quote(h.URL)),
			"write it as https://host/path")
	}
	k.atLeast(key+".timeout", h.Timeout, minDeadline)
}
