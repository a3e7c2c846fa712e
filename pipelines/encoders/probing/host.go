package probing

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// host is a machine as far as encoders depend on it. root is "/" except in tests.
type host struct{ root string }

func (h host) glob(pattern string) []string {
	found, _ := filepath.Glob(filepath.Join(h.root, pattern)) // the only error is a bad pattern
	slices.Sort(found)
	return found
}

// gpus are the device nodes by which GPUs are reached.
func (h host) gpus() []string {
	return append(h.glob("dev/nvidia[0-9]*"), h.glob("dev/dri/renderD*")...)
}

// deviceVariables choose or hide devices and drivers.
var deviceVariables = []string{
	"NVIDIA_DRIVER_CAPABILITIES", "NVIDIA_VISIBLE_DEVICES", "CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER",
	"LIBVA_DRIVER_NAME", "LIBVA_DRIVERS_PATH", "ONEVPL_SEARCH_PATH",
}

// identity says which devices there are, with which drivers, and whether they may be used: a text that is the same as
// long as all of that is.
func (h host) identity() string {
	var b strings.Builder
	var kernel unix.Utsname
	if unix.Uname(&kernel) == nil {
		fmt.Fprintf(&b, "kernel %s\n", unix.ByteSliceToString(kernel.Release[:]))
	}
	for _, path := range append(h.gpus(), h.glob("dev/video[0-9]*")...) {
		may := unix.Access(path, unix.R_OK|unix.W_OK) == nil
		fmt.Fprintf(&b, "%s %v\n", path, may)
	}
	for _, pattern := range []string{
		"proc/driver/nvidia/version", "sys/module/nvidia/version",
		"sys/class/drm/renderD*/device/vendor", "sys/class/drm/renderD*/device/device",
		"sys/class/drm/renderD*/device/subsystem_device",
		"sys/class/video4linux/video*/name",
	} {
		for _, path := range h.glob(pattern) {
			text, _ := os.ReadFile(path)
			fmt.Fprintf(&b, "%s %s\n", path, strings.TrimSpace(string(text)))
		}
	}
	for _, path := range h.glob("proc/driver/nvidia/gpus/*/information") {
		text, _ := os.ReadFile(path)
		for line := range strings.Lines(string(text)) {
			if key, _, _ := strings.Cut(line, ":"); key == "Model" || key == "GPU UUID" || key == "Video BIOS" {
				fmt.Fprintf(&b, "%s %s\n", path, strings.TrimSpace(line))
			}
		}
	}
	// The parts of drivers that encode, which containers get only on request.
	for _, pattern := range []string{
		"usr/lib/libnvidia-encode.so.*", "usr/lib64/libnvidia-encode.so.*", "usr/lib/*/libnvidia-encode.so.*",
		"usr/local/nvidia/lib*/libnvidia-encode.so.*",
		"usr/lib/dri/*_drv_video.so", "usr/lib64/dri/*_drv_video.so", "usr/lib/*/dri/*_drv_video.so",
		"usr/lib/*/libmfx-gen.so.*", "usr/lib64/libmfx-gen.so.*", "usr/lib/*/libmfxhw64.so.*",
	} {
		for _, path := range h.glob(pattern) {
			fmt.Fprintf(&b, "%s\n", version(path))
		}
	}
	for _, v := range deviceVariables {
		if value, set := os.LookupEnv(v); set {
			fmt.Fprintf(&b, "%s=%s\n", v, value)
		}
	}
	return b.String()
}

// version tells one state of a file from others.
func version(path string) string {
	if path == "" {
		return "-"
	}
	info, err := os.Stat(path)
	if err != nil {
		return path + " -"
	}
	return fmt.Sprintf("%s %d %d", path, info.Size(), info.ModTime().UnixNano())
}

// digest is short, and fit for names of files.
func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}
