package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
)

// quality is how near the pictures of a file are to those that it was made of, and how many bits that takes.
type quality struct {
	bits int64   // per second, of all tracks
	psnr float64 // dB, of all planes
	ssim float64
}

var (
	psnrLine = regexp.MustCompile(`PSNR .*average:([0-9.]+|inf)`)
	ssimLine = regexp.MustCompile(`SSIM .*All:([0-9.]+)`)
)

// compare compares the one file in a folder whose name fits with the recording's own pictures, once these are turned,
// picture by picture. seconds is the length of the recording.
func compare(original, out, pattern string, seconds float64) (*quality, error) {
	found, err := filepath.Glob(filepath.Join(out, pattern))
	if err != nil || len(found) != 1 {
		return nil, errors.Join(err, fmt.Errorf("%d files %s came out, expected 1", len(found), pattern))
	}
	st, err := os.Stat(found[0])
	if err != nil {
		return nil, err
	}
	// Both have the same number of pictures, so what time each has is of no interest: rounded, they would meet the wrong
	// ones.
	const graph = "[0:v]settb=1/30,setpts=N,split[a][b];[1:v]transpose=clock,settb=1/30,setpts=N,split[c][d];" +
		"[a][c]psnr;[b][d]ssim"
	said, err := exec.Command("ffmpeg", "-nostdin", "-hide_banner", "-i", found[0], "-i", original, "-lavfi", graph, "-f",
		"null", "-").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("ffmpeg cannot compare %s: %w: %s", found[0], err, said)
	}
	return parseQuality(string(said), float64(st.Size())*8/seconds)
}

// parseQuality reads what ffmpeg's filters psnr and ssim say.
func parseQuality(said string, bits float64) (*quality, error) {
	q := &quality{bits: int64(bits)}
	for line, value := range map[*regexp.Regexp]*float64{psnrLine: &q.psnr, ssimLine: &q.ssim} {
		m := line.FindStringSubmatch(said)
		if m == nil {
			return nil, fmt.Errorf("ffmpeg did not say how near the pictures are: %s", said)
		}
		var err error
		if *value, err = strconv.ParseFloat(m[1], 64); err != nil {
			return nil, err
		}
	}
	return q, nil
}

// at says which PSNR an encoder would have at a number of bits, of which two qualities are known.
func at(bits int64, a, b *quality) float64 {
	x := func(n int64) float64 { return math.Log(float64(n)) }
	if a.bits == b.bits {
		return a.psnr
	}
	return a.psnr + (b.psnr-a.psnr)*(x(bits)-x(a.bits))/(x(b.bits)-x(a.bits))
}
