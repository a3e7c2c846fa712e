package probing

import (
	"os"
	"path/filepath"
	"time"
)

// PrepareRegistry keeps GStreamer's memory of its plugins from hiding a GPU. Which encoders a plugin has depends on the
// devices there were when it was looked at, and that is remembered until the plugin's file changes: an image that was
// built without a GPU never shows one. So a machine with device nodes of GPUs gets a memory of its own (GST_REGISTRY),
// one for each set of devices and drivers. Without such nodes, or where GST_REGISTRY is set by the user, nothing
// changes.
//
// It has to be called before GStreamer is initialised, and speaks for this process and those that it starts. dir is
// where the memory is kept, made if it is missing; where that is not possible nothing changes, either.
func PrepareRegistry(dir string) { host{"/"}.prepareRegistry(dir) }

func (h host) prepareRegistry(dir string) {
	for _, v := range []string{"GST_REGISTRY", "GST_REGISTRY_1_0"} {
		if os.Getenv(v) != "" {
			return
		}
	}
	if dir == "" || len(h.gpus()) == 0 || os.MkdirAll(dir, 0o700) != nil {
		return
	}
	path := filepath.Join(dir, registryPrefix+digest(h.identity())+".bin")
	prune(dir, path)
	_ = os.Setenv("GST_REGISTRY", path)
}

const (
	registryPrefix = "registry-"
	registryLife   = 30 * 24 * time.Hour // after the last time that it was written
)

// prune removes the memories of devices and drivers that are gone.
func prune(dir, current string) {
	old, _ := filepath.Glob(filepath.Join(dir, registryPrefix+"*.bin"))
	for _, path := range old {
		if info, err := os.Stat(path); err == nil && path != current && time.Since(info.ModTime()) > registryLife {
			_ = os.Remove(path)
		}
	}
}
