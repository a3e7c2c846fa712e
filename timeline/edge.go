package timeline

import (
	"math"
	"slices"
)

// drift is the slope of the lower edge of points, and whether it is that of a clock: over a long time it is, over a
// shorter one where it is small enough for a clock and clearly larger than what the network makes of it.
func drift(points []point) (float64, bool) {
	span := points[len(points)-1].t - points[0].t
	if span < shortDriftMs {
		return 0, false
	}
	slope := lowerEdge(points)
	if span >= driftMs {
		return slope, true
	}
	const few = 8 // points, less have no middle worth the name
	if len(points) < few || math.Abs(slope) > worstDrift {
		return 0, false
	}
	offset := math.Inf(1)
	for _, p := range points {
		offset = math.Min(offset, p.d-slope*p.t)
	}
	above := make([]float64, len(points))
	for i, p := range points {
		above[i] = p.d - slope*p.t - offset
	}
	slices.Sort(above)
	// The edge at either end is known about as well as half of the points lie to it. Four times that is no accident, and
	// what is below the resolution of arrival times is no drift.
	return slope, math.Abs(slope)*span > 4*above[len(above)/2]+restartMs
}

// lowerEdge is the slope of the line below all points that is closest to them: the edge of their lower convex hull
// over the middle of time (compare Moon, Skelly, Towsley, "Estimation and removal of clock skew from network delay
// measurements", INFOCOM 1999). points are in order of t.
func lowerEdge(points []point) float64 {
	mean := 0.0
	for _, p := range points {
		mean += p.t / float64(len(points))
	}
	hull := make([]point, 0, 16)
	for _, p := range points {
		for len(hull) >= 2 {
			a, b := hull[len(hull)-2], hull[len(hull)-1]
			if (b.t-a.t)*(p.d-a.d)-(p.t-a.t)*(b.d-a.d) > 0 {
				break
			}
			hull = hull[:len(hull)-1]
		}
		hull = append(hull, p)
	}
	for i := 1; i < len(hull); i++ {
		if hull[i].t >= mean {
			if dt := hull[i].t - hull[i-1].t; dt > 0 {
				return (hull[i].d - hull[i-1].d) / dt
			}
		}
	}
	return 0
}
