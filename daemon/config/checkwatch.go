package config

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/upright-media/upright/internal/human"
	"github.com/upright-media/upright/options"
)

func (k *checker) watch(i int) {
	w, key := &k.c.Watch[i], fmt.Sprintf("watch[%d]", i)
	if w.Folder == "" {
		k.report(key+".folder", "folder is missing: what is to be watched?",
			"write folder: and the folder that Janus records to")
	}
	if w.Output == "" {
		k.report(key+".output", "output is missing: where are the videos to go?", "write output: and a folder")
	}
	if utf8.RuneCountInString(w.Name) > 100 || strings.Contains(w.Name, "/") && w.Name != "/" {
		k.report(key+".name", fmt.Sprintf("name: %s is no name", quote(w.Name)),
			"take at most 100 characters without a slash")
	}
	if _, own := k.c.Profiles[w.Profile]; !own && k.known.Profiles != nil &&
		!slices.Contains(k.known.Profiles, w.Profile) {
		names := slices.Concat(k.known.Profiles, slices.Sorted(maps.Keys(k.c.Profiles)))
		k.report(key+".profile", fmt.Sprintf("profile: there is no profile %s", quote(w.Profile)),
			didYouMean(w.Profile, names))
	}
	if w.Template == "" {
		k.report(key+".template", "template is empty", "leave the line out for "+DefaultWatch().Template)
	} else if k.known.CheckTemplate != nil {
		if err := k.known.CheckTemplate(w.Template); err != nil {
			k.report(key+".template", err.Error(), "")
		}
	}
	if w.Settle != 0 {
		k.atLeast(key+".settle", w.Settle, minPause)
	}
	k.atLeast(key+".rescan", w.Rescan, minPause)
	if w.AdoptAfter < w.Settle {
		k.report(key+".adopt_after",
			fmt.Sprintf("adopt_after (%s) is shorter than settle (%s): files would be adopted while "+
				"they are still being written",
				human.Duration(w.AdoptAfter), human.Duration(w.Settle)), "make it longer")
	}
	k.oneOf(key+".priority", w.Priority, "high", "normal", "low")
	for _, o := range options.All() {
		switch v := w.Get(o.Name).(type) {
		case string:
			k.oneOf(key+"."+o.Key(), v, o.Names()...)
		case int:
			k.between(key+"."+o.Key(), v, o.Min, o.Max, o.Zero)
		}
	}
	k.compose(key, w)
	if w.Sources.After == Move && w.Sources.Move == "" {
		k.report(key+".sources", "sources: move has no folder", "write {move: FOLDER}")
	}
	if w.Upload != nil {
		k.upload(key+".upload", w)
	}
	if w.Hook != nil {
		if len(w.Hook.Command) == 0 || w.Hook.Command[0] == "" {
			k.report(key+".hook.command", "command is missing: what is to be run?",
				"write command: [program, argument]")
		}
		k.atLeast(key+".hook.timeout", w.Hook.Timeout, minDeadline)
	}
	if w.Webhook != nil {
		k.webhook(key+".webhook", w.Webhook)
	}
	k.retention(key, w)
}

// retention looks at what deletes outputs by their age.
func (k *checker) retention(key string, w *Watch) {
	switch {
	case w.Retention == 0:
	case w.Retention < time.Minute:
		k.atLeast(key+".retention", w.Retention, time.Minute)
	case w.Upload != nil && w.Upload.RemoveLocal:
		k.report(key+".retention",
			"retention would find no video to delete: upload.remove_local removes each as soon as it is uploaded",
			"choose one of them")
	case w.Upload == nil && w.Sources.After == Delete:
		// Some have to do just that, by law.
		k.warn(key+".retention",
			fmt.Sprintf("sources are deleted and so are outputs after %s: then nothing is left of a recording",
				human.Duration(w.Retention)),
			"add an upload, or keep either, if that is not meant")
	}
}

// names have to tell watch folders apart: jobs and metrics carry them.
func (k *checker) names() {
	first := map[string]int{}
	for i := range k.c.Watch {
		w := &k.c.Watch[i]
		if w.Name == "" {
			continue
		}
		before, twice := first[w.Name]
		if !twice {
			first[w.Name] = i
			continue
		}
		key := fmt.Sprintf("watch[%d].name", i)
		hint := "give one of them another name"
		if !k.given(key) {
			key, hint = fmt.Sprintf("watch[%d].folder",
				i), "give one of them a name: of its own; without it the folder's last part is the name"
		}
		text := fmt.Sprintf("two watch folders are called %s", quote(w.Name))
		if line := k.d.at(fmt.Sprintf("watch[%d]", before)).line; line > 0 {
			text += fmt.Sprintf(", the other begins in line %d", line)
		}
		k.report(key, text, hint)
	}
}

// folders looks for those that must not be the same, or inside each other.
func (k *checker) folders() {
	state := k.real(k.c.State)
	real := make([]Watch, len(k.c.Watch)) // with paths free of links
	never := []string{state}
	for i, w := range k.c.Watch {
		for _, p := range []*string{&w.Folder, &w.Output, &w.Sources.Move} {
			if *p != "" {
				*p = k.real(*p)
			}
		}
		real[i] = w
		never = append(never, w.Output, w.Sources.Move)
	}
	slices.Sort(never)
	never = slices.Compact(never)
	told := map[int]bool{} // of each, one quarrel with another is enough
	for i, w := range real {
		key := fmt.Sprintf("watch[%d]", i)
		if w.Folder == "" || k.d.broken[key+".folder"] {
			continue
		}
		if inside(w.Folder, state) {
			k.report(key+".folder", "folder is in the state folder, which is the queue's alone",
				"keep recordings and state apart")
		}
		if w.Output == w.Folder {
			k.report(key+".output", "output is the watched folder itself",
				"name another one; it may be inside, and is not looked into then")
		}
		for key, path := range map[string]string{key + ".output": w.Output, key + ".sources.move": w.Sources.Move} {
			if path != "" && inside(path, state) {
				k.report(key, nameOf(key)+" is in the state folder, which is the queue's alone", "name another folder")
			}
		}
		for j, other := range real {
			if other.Folder == "" || k.d.broken[fmt.Sprintf("watch[%d].folder", j)] {
				continue
			}
			k.moved(key, w, i, other, j)
			if i < j && !told[j] {
				told[j] = k.overlap(i, w, j, other, never)
			}
		}
	}
}

// moved looks for sources that would be moved to where they are found again.
func (k *checker) moved(key string, w Watch, i int, other Watch, j int) {
	to := w.Sources.Move
	switch {
	case w.Sources.After != Move || to == "":
	case inside(to, other.Folder):
		text := "move: the folder is inside the watched one"
		if i != j {
			text = fmt.Sprintf("move: the folder is inside that of %s, which is watched, too", quote(other.Name))
		}
		k.report(key+".sources.move", text+": recordings would be found there again", "name a folder outside")
	case i == j && inside(w.Folder, to):
		k.report(key+".sources.move", "move: the folder has the watched one in it",
			"name a folder of its own for what is done")
	}
}

// overlap looks at two watch folders that find the same recordings, and says whether that is a problem.
// never are the folders that are not looked into.
func (k *checker) overlap(i int, a Watch, j int, b Watch, never []string) bool {
	aInB, bInA := inside(a.Folder, b.Folder), inside(b.Folder, a.Folder)
	if !aInB && !bInA {
		return false
	}
	// What is excluded from the outer one is not found twice.
	outer, inner := a.Folder, b.Folder
	if aInB {
		outer, inner = inner, outer
	}
	if slices.ContainsFunc(never, func(x string) bool { return x != outer && inside(x, outer) && inside(inner, x) }) {
		return false
	}
	key := fmt.Sprintf("watch[%d]", j)
	if a.Folder == b.Folder && a.Output == b.Output && a.Template == b.Template {
		k.report(key+".folder", fmt.Sprintf("%s and %s watch the same folder and write to the same names",
			quote(a.Name), quote(b.Name)),
			"give one of them another output or template")
		return true
	}
	rivals := false
	for n, w := range map[int]Watch{i: a, j: b} {
		if w.Sources.After == Move || w.Sources.After == Delete {
			k.report(fmt.Sprintf("watch[%d].sources", n),
				fmt.Sprintf("sources: %s and %s find the same recordings, and one of them would take them from the "+
					"other",
					quote(a.Name), quote(b.Name)), "keep the sources in both")
			rivals = true
		}
	}
	return rivals
}

// inside says whether path is dir or below it. Both are clean and absolute.
func inside(path, dir string) bool {
	rest, ok := strings.CutPrefix(path, dir)
	return ok && (rest == "" || rest[0] == filepath.Separator || dir == string(filepath.Separator))
}

// Exclude are the folders below that of w that are not to be looked into: outputs, moved sources, the state folder.
func (c *Config) Exclude(w Watch) (folders []string) {
	all := []string{c.State}
	for _, other := range c.Watch {
		all = append(all, other.Output, other.Sources.Move)
	}
	for _, f := range all {
		if f != w.Folder && inside(f, w.Folder) {
			folders = append(folders, f)
		}
	}
	slices.Sort(folders)
	return slices.Compact(folders)
}
