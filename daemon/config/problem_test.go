package config

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// known is what the tests' configurations may name.
var known = Known{
	Profiles: []string{"mp4", "original", "webm"},
	CheckEncoder: func(name string) error {
		if name != "auto" && name != "va" {
			return errors.New("no")
		}
		return nil
	},
	CheckTemplate: func(template string) error {
		if strings.Contains(template, "{{{") {
			return errors.New("the template has too many braces")
		}
		return nil
	},
}

// problems are what Parse says of text, a line each, without excerpts.
func problems(t *testing.T, text string, env ...string) (errs, warnings []string) {
	t.Helper()
	c, warned, err := Parse([]byte(text), "/etc/upright", env, known)
	for _, w := range warned {
		warnings = append(warnings, w.Message())
	}
	if err == nil {
		require.NotNil(t, c)
		return nil, warnings
	}
	require.Nil(t, c)
	var e *Error
	require.ErrorAs(t, err, &e)
	for _, p := range e.Problems {
		errs = append(errs, p.Message())
	}
	return errs, warnings
}

// minimal is a configuration to which tests add a few lines of the watch folder, or of the top level.
const minimal = "watch:\n  - folder: /in\n    output: /out\n"

func watching(lines ...string) string { return minimal + "    " + strings.Join(lines, "\n    ") + "\n" }

func TestProblems(t *testing.T) {
	for _, test := range []struct {
		name, text, want string // of want, each line is in one message, in order
	}{
		{"empty", "", "nothing to watch"},
		{"comments", "# nothing\n", "nothing to watch"},
		{"word", "hello\n", `1:1: the file does not hold options`},
		{"list", "- a\n", `1:1: the file does not hold options`},
		{"unknown", minimal + "colour: red\n", `4:1: there is no option "colour"; possible: state, watch`},
		{"typo", watching("setle: 10s"), `4:5: there is no option "setle" in watch; did you mean settle?`},
		{"hyphen", watching("on-loss: keep"), `4:5: there is no option "on-loss" in watch; did you mean on_loss?`},
		{"case", watching("Settle: 10s"), "did you mean settle?"},
		{"typo of what is needed", "watch:\n  - foldr: /in\n    output: /out\n",
			`2:5: there is no option "foldr" in watch; did you mean folder?`},
		{"level", minimal + "settle: 10s\n", `4:1: there is no option "settle"; it belongs elsewhere: watch.settle`},
		{"levels", minimal + "timeout: 10s\n", `it belongs elsewhere: watch.hook.timeout or watch.webhook.timeout`},
		{"twice", watching("settle: 1s", "audio: copy", "settle: 2s"), `6:5: settle is given twice, first in line 4`},
		{"twice in one line", minimal + "log: {level: info, level: warn}\n", `4:20: level is given twice`},
		{"section", minimal + "queue: nats://host\n",
			`4:8: queue is a section; write its options below, indented: url, credentials`},
		{"no list", "watch:\n  folder: /in\n  output: /out\n", `2:3: watch is a list; begin each item with a dash`},
		{"list for a value", watching("settle: [1s]"), `4:13: settle has a list where a value belongs`},
		{"section for a value", watching("settle: {a: 1s}"), `settle has a section where a value belongs`},
		{"value for a list", watching("hook: {command: /bin/true}"), `command is a list; write command: [/bin/true]`},
		{"no value", watching("settle:"), `4:5: settle has no value; leave the line out for the default`},
		{"no value for sources", watching("sources:"), `4:5: sources has no value`},
		{"empty item", minimal + "  -\n", `4:3: this item is empty`},
		{"number for text", watching("name: 2024"), `4:11: name: YAML takes "2024" for a number; put it into quotes`},
		{"truth for text", watching("name: true"), `put it into quotes`},
		{"text for a number", minimal + "workers: {nice: ten}\n",
			`4:17: nice: "ten" is no whole number; write it with digits`},
		{"jobs", minimal + "workers: {jobs: many}\n", `with digits, or auto`},
		{"octal", minimal + "workers: {nice: 010}\n", `"010" is no whole number`},
		{"huge number", minimal + "workers: {nice: 99999999999}\n", `out of range`},
		{"quoted number", minimal + "workers: {nice: \"10\"}\n", `"10" is text; write 10 without quotes`},
		{"fraction", minimal + "workers: {attempts: 1.5}\n", `"1.5" is no whole number`},
		{"yes", watching("subtitles: yes"), `"yes" is neither true nor false; write true`},
		{"quoted true", watching(`subtitles: "true"`), `"true" is text; write true without quotes`},
		{"no unit", watching("settle: 10"), `4:13: settle: "10" has no unit; write 10s if seconds are meant`},
		{"negative", watching("settle: -10s"), `"-10s" is negative`},
		{"no duration", watching("settle: soon"), `"soon" is no duration`},
		{"no size", minimal + "workers: {memory: lots}\n", `"lots" is no size`},
		{"short unit", minimal + "workers: {memory: 2G}\n", `"2G" has a unit that is not known; write 2GiB`},
		{"tag", watching("name: !!str 5"), `4:11: tags as "!!str" mean nothing here`},
		{"no anchor", watching("name: *x"), `4:11: *x: there is no anchor &x`},
		{"anchor twice", watching("name: &x a", "template: &x b"), `5:15: the anchor &x is set twice`},
		{"merge of nothing", watching("<<: 5"), `<< takes over the options of a section`},
		{"documents", minimal + "---\nstate: /x\n", `5:1: a second document begins here`},
		{"tab", "watch:\n\t- folder: /in\n",
			`2:1: this is no YAML: found character '	' that cannot start any token; indent with spaces`},
		{"bracket", minimal + "log: {level: info\n", "4:6: this is no YAML"},
		{"colon", minimal + "state: a: b\n",
			"4:8: this is no YAML: mapping value is not allowed in this context; put text that has a colon into quotes"},
		{"latin1", "state: /caf\xe9\n", "1:12: this is no text in UTF-8"},
		{"binary", "\x7fELF\x02\x00\x00\xff\xff", "no text in UTF-8"},

		{"missing", "watch:\n  - name: a\n", "2:5: folder is missing\n2:5: output is missing"},
		{"names", minimal + "  - folder: /other/in\n    output: /out2\n",
			`4:13: two watch folders are called "in", the other begins in line 2; give one of them a name: of its own`},
		{"given names", "watch:\n  - {folder: /a, output: /x, name: n}\n  - {folder: /b, output: /y, name: n}\n",
			`3:36: two watch folders are called "n", the other begins in line 2; give one of them another name`},
		{"same output", "watch:\n  - folder: /in\n    output: /in/./\n", "3:13: output is the watched folder itself"},
		{"move inside", watching("sources: {move: /in/done}"),
			"move: the folder is inside the watched one: recordings would be found there again"},
		{"move same", watching("sources: {move: /in}"), "move: the folder is inside the watched one"},
		{"move around", watching("sources: {move: /}"), "move: the folder has the watched one in it"},
		{"move inside another", watching("sources: {move: /b/done}") + "  - {folder: /b, output: /c}\n",
			`inside that of "b", which is watched, too`},
		{"move without folder", watching("sources: move"), "where to? Write {move: FOLDER}"},
		{"move nowhere", watching("sources: {move: ''}"), "move has no folder"},
		{"move to nothing", watching("sources: {move: }"), "move has no value"},
		{"sources", watching("sources: remove"), `4:14: sources: "remove" is none of keep, delete and {move: FOLDER}`},
		{"sources section", watching("sources: {delete: true}"), `there is no option "delete" in sources`},
		{"twins", watching("name: a") + "  - {folder: /in, output: /out, name: b}\n",
			`5:14: "a" and "b" watch the same folder and write to the same names`},
		{"rivals", watching("name: a", "sources: delete") + "  - {folder: /in, output: /out2, name: b}\n",
			`5:14: sources: "a" and "b" find the same recordings`},
		{"nested rivals", watching("name: a") +
			"  - {folder: /in/sub, output: /out2, name: b, sources: {move: /done}}\n",
			`"a" and "b" find the same recordings`},
		{"state inside", minimal + "state: /in\n", `2:13: folder is in the state folder`},
		{"output in state", minimal + "state: /out\n", `3:13: output is in the state folder`},
		{"profile", watching("profile: web"), `4:14: profile: there is no profile "web"; did you mean webm?`},
		{"far profile", watching("profile: xyz"), `possible: mp4, original, webm`},
		{"template", watching("template: '{{{'"), `4:15: the template has too many braces`},
		{"empty template", watching("template: ''"), `template is empty`},
		{"priority", watching("priority: hihg"), `4:15: priority: "hihg" means nothing; did you mean high?`},
		{"audio", watching("audio: mp3"), `"mp3" means nothing; it is one of auto, copy, aac`},
		{"pauses", watching("pauses: trim"), `it is one of keep, cut`},
		{"on_loss", watching("on_loss: drop"), `it is one of freeze, keep`},
		{"head", watching("head: cut"), `it is one of empty, hold, black, trim`},
		{"orientation", watching("orientation_id: 256"), `256 is not between -1 and 255`},
		{"settle", watching("settle: 1ms"), `settle: 1ms is too short; it has to be 100ms at least`},
		{"rescan", watching("rescan: 1ms"), `rescan: 1ms is too short`},
		{"adopt", watching("adopt_after: 5s"), `adopt_after (5s) is shorter than settle (10s)`},
		{"tilde", "watch:\n  - folder: ~/in\n    output: /out\n",
			`2:13: folder: ~ is not expanded; write the whole path, or ./~/in`},
		{"control", watching(`name: "a\nb"`), `name has a control character in it`},
		{"control in a path", "watch:\n  - folder: \"/in\\0\"\n    output: /out\n",
			`2:13: folder has a control character in it`},
		{"name", watching("name: a/b"), `name: "a/b" is no name`},
		{"upload", watching("upload: {}"), `url is missing: where are outputs to be uploaded to?`},
		{"upload that removes", watching("upload: {remove_local: true}"),
			`remove_local without url would only remove the outputs`},
		{"upload scheme", watching("upload: {url: 'ftp://x'}"), `"ftp://x" is no bucket`},
		{"upload bucket", watching("upload: {url: 's3:///x'}"), `names no bucket`},
		{"upload path", watching("upload: {url: 'file://out'}"), `write it with three slashes`},
		{"upload to itself", watching("upload: {url: 'file:///out', remove_local: true}"),
			`uploaded to the folder that they are in`},
		{"upload prefix", watching("upload: {url: 's3://b', prefix: '../x'}"), `prefix: "../x" cannot be`},
		{"removed twice", watching("upload: {url: 's3://b', remove_local: true}", "retention: 30d"),
			`5:16: retention would find no video to delete`},
		{"retention", watching("retention: 1s"), `retention: 1s is too short`},
		{"hook", watching("hook: {timeout: 1s}"), `command is missing`},
		{"empty hook", watching("hook: {command: []}"), `command is missing`},
		{"hook timeout", watching("hook: {command: [a], timeout: 0}"), `timeout: 0 is too short`},
		{"webhook", watching("webhook: {url: example.com}"), `"example.com" is no address of a web server`},
		{"no webhook", watching("webhook: {timeout: 1s}"), `url is missing: who is to be called?`},
		{"listen", minimal + "http: {listen: 7188}\n", `YAML takes "7188" for a number`},
		{"listen port", minimal + "http: {listen: '7188'}\n", `listen: "7188" is no host:port; write 127.0.0.1:7188`},
		{"listen high", minimal + "http: {listen: 'localhost:70000'}\n", `is no host:port`},
		{"listen to all", minimal + "http: {listen: ':7188'}\n",
			`anyone who can connect to all addresses of the machine could see the recordings`},
		{"listen to zero", minimal + "http: {listen: '[::]:7188'}\n", `to all addresses of the machine`},
		{"listen to one", minimal + "http: {listen: '192.0.2.1:80'}\n", `to "192.0.2.1"`},
		{"listen to a name", minimal + "http: {listen: 'localhost.example.com:80'}\n", `give a token_file`},
		{"queue key", minimal + "queue: {url: 'tls://a', certificate: c}\n", `certificate is of no use without key`},
		{"queue certificate", minimal + "queue: {url: 'tls://a', key: c}\n", `key is of no use without certificate`},
		{"no cluster", minimal + "queue: {replicas: 3, credentials: c}\n",
			"replicas is for a cluster, and there is no queue.url\ncredentials is for a cluster"},
		{"queue url", minimal + "queue: {url: 'http://a'}\n", `"http://a" has a scheme that is not known`},
		{"queue urls", minimal + "queue: {url: 'nats://a,wss://b'}\n", `cannot be mixed`},
		{"queue host", minimal + "queue: {url: 'nats://a, nats://:1'}\n", `"nats://:1" is no address`},
		{"queue replicas", minimal + "queue: {url: 'nats://a', replicas: 7}\n", `7 is not between 1 and 5`},
		{"queue name", minimal + "queue: {name: a.b}\n", `name: "a.b" cannot be the beginning`},
		{"jobs zero", minimal + "workers: {jobs: 0}\n", `jobs: 0 is not between 1 and 4096`},
		{"nice", minimal + "workers: {nice: -5}\n", `nice: -5 is not between 0 and 19`},
		{"attempts", minimal + "workers: {attempts: 0}\n", `attempts: 0 is not between 1 and 100`},
		{"memory", minimal + "workers: {memory: 512}\n", `512B is less than any conversion needs`},
		{"stall", minimal + "workers: {stall: 2h, time: 1h}\n", `stall (2h) is longer than time (1h)`},
		{"retry", minimal + "workers: {retry: 0}\n", `retry: 0 is too short`},
		{"encoder", minimal + "workers: {encoder: vaapi}\n",
			`encoder: there is no encoder "vaapi"; it is auto, software, nvenc`},
		{"no encoder", minimal + "workers: {encoder: ''}\n", `encoder is empty`},
		{"connections", minimal + "http: {connections: 3}\n", `connections: 3 is not between 16 and 65536`},
		{"per_address", minimal + "http: {per_address: 0}\n", `per_address: 0 is not between 4 and 65536`},
		{"proxies", minimal + "http: {proxies: [10.0.0.0/8, 10.0.0.0/33, nginx]}\n",
			"\"10.0.0.0/33\" is no address\n\"nginx\" is no address"},
		{"sessions", minimal + "workers: {sessions: -1}\n", `sessions: -1 is not between 0 and 4096`},
		{"history", minimal + "history: 0\n", `history: 0 is too short`},
		{"log", minimal + "log: {format: xml, level: warning}\n",
			"format: \"xml\" means nothing\nlevel: \"warning\" means nothing; did you mean warn?"},
	} {
		t.Run(test.name, func(t *testing.T) {
			errs, _ := problems(t, test.text)
			want := strings.Split(test.want, "\n")
			require.Len(t, errs, len(want), "%q", errs)
			for i := range want {
				require.Contains(t, strings.Join(errs, "\n"), want[i])
			}
		})
	}
}

// A user sees all that is wrong at once, in the order of the file.
func TestAllProblemsAtOnce(t *testing.T) {
	_, _, err := Parse([]byte(`state: /var/lib/upright
wacht: []
watch:
  - folder: /in
    output: /in
    settle: 10
    upload:
      url: s3://user:password@bucket
      remove-local: true
http:
  listen: 0.0.0.0:7188
`), "/etc", nil, known)
	want := `upright.yaml:2:1: there is no option "wacht"; did you mean watch?
    2 | wacht: []
      | ^
upright.yaml:5:13: output is the watched folder itself; name another one; it may be inside, and is not looked into then
    5 |     output: /in
      |             ^
upright.yaml:6:13: settle: "10" has no unit; write 10s if seconds are meant
    6 |     settle: 10
      |             ^
upright.yaml:9:7: there is no option "remove-local" in upload; did you mean remove_local?
    9 |       remove-local: true
      |       ^
upright.yaml:11:11: listen: anyone who can connect to all addresses of the machine could see the recordings and end jobs; give a token_file, or listen on 127.0.0.1
   11 |   listen: 0.0.0.0:7188
      |           ^`
	require.EqualError(t, err, want)

	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Error("no", "error", err)
	require.Equal(t, 1, strings.Count(log.String(), "\n"))
	require.Contains(t, log.String(), "wacht")
	require.NotContains(t, log.String(), "      |")
}

func TestExcerpt(t *testing.T) {
	p := Problem{File: "f", Line: 7, Column: 151, Excerpt: strings.Repeat("ä", 150) + "X" + strings.Repeat("b", 150),
		Text: "no"}
	lines := strings.Split(p.String(), "\n")
	require.Len(t, lines, 3)
	mark := strings.Index(lines[2], "^")
	require.Equal(t, 'X', []rune(lines[1])[mark])
	require.Less(t, len([]rune(lines[1])), 120)

	// Nothing that a terminal would carry out, and no passwords.
	_, _, err := Parse([]byte("state: \"\x1b[31m\u202e\"\nqueue: {url: 'nats://joe:secret@a:1:1'}\n"), "/", nil, known)
	require.Error(t, err)
	require.NotContains(t, err.Error(), "\x1b")
	require.NotContains(t, err.Error(), "\u202e")
	require.NotContains(t, err.Error(), "secret")
	require.NotContains(t, err.Error(), "joe")
	require.Equal(t, "xxxxxxxx@host", hideSecrets("user:pwd@host"))
	require.Equal(t, "nats://xxx@host,xxx@b", hideSecrets("nats://tok@host,u:p@b"))
	require.Equal(t, "folder: /a@b", hideSecrets("folder: /a@b"))
}

// Thousands of errors do not fill the screen.
func TestManyProblems(t *testing.T) {
	var b strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&b, "x%d: 1\n", i)
	}
	_, _, err := Parse([]byte(b.String()), "/", nil, known)
	require.ErrorContains(t, err, fmt.Sprintf("… and %d more", maxKept-maxShown))
	require.Less(t, strings.Count(err.Error(), "\n"), 200)
}
