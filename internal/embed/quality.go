package embed

import (
	"context"
	"fmt"
	"math"
	"slices"

	"vae/internal/kernel"
	"vae/internal/knn"
	"vae/internal/rng"
)

// Quality says how much of the neighborhoods of the rows a map keeps. Each is a part of 1,
// the more the better, and NaN where it cannot be measured.
type Quality struct {
	K               int     // neighbors of each row that are looked at: 15, or fewer of few rows
	Recall          float64 // the part of a row's K nearest on the map that are no farther than its K-th nearest row
	Trustworthiness float64 // 1 where what is near on the map is near (Venna and Kaski 2001)
	Continuity      float64 // 1 where what is near is so on the map as well (same)
	Labels          float64 // the part of the rows whose label is the majority's of their LabelK nearest on the map; NaN of labels that tell nothing apart
	LabelK          int
}

const (
	qualityK      = 15
	qualityLabels = 10
	qualityRanks  = 500     // rows from which all others are ranked, for trustworthiness and continuity
	qualityRows   = 10_000  // rows whose neighbors are compared
	qualityAll    = 100_000 // unless there are no more rows than this: then it is all
)

// Measure compares the neighborhoods of the rows x [N, l] with those of their places on a
// map. labels are [N] classes, -1 for none, or nil. Which rows are looked at, where not all
// are, belongs to their number alone.
func Measure(ctx context.Context, x []float32, l int, m *Map, labels []int, progress Progress) (*Quality, error) {
	n, err := checkRows("quality of a map", x, l)
	if err != nil {
		return nil, err
	}
	if len(m.Places) != 2*n || labels != nil && len(labels) != n {
		return nil, fmt.Errorf("quality of a map: %d numbers of places and %d labels for %d rows", len(m.Places), len(labels), n)
	}
	if _, err := checkRows("quality of a map: places", m.Places, 2); err != nil {
		return nil, err
	}
	q := &Quality{K: min(qualityK, (n-1)/2), LabelK: min(qualityLabels, n-1)}
	q.Recall, q.Trustworthiness, q.Continuity, q.Labels = math.NaN(), math.NaN(), math.NaN(), math.NaN()
	if n < 2 {
		return q, nil
	}
	r := &comparison{x: x, l: l, places: m.Places, n: n, progress: progress}
	return q, r.measure(ctx, q, m.graph, labels)
}

// comparison is the rows, and their places.
type comparison struct {
	x, places []float32
	l, n      int
	sample    []int // the rows whose neighbors are compared, rising; nil for all
	progress  Progress
}

func (r *comparison) measure(ctx context.Context, q *Quality, known *knn.Graph, labels []int) error {
	if r.n > qualityAll {
		r.sample = sampleOf(r.n, qualityRows)
	}
	rows, err := r.neighbors(ctx, r.x, r.l, q.K, known)
	if err != nil {
		return err
	}
	onMap, err := r.neighbors(ctx, r.places, 2, max(q.K, q.LabelK), nil)
	if err != nil {
		return err
	}
	if tell(labels) {
		q.Labels = r.labelAccuracy(onMap, labels, q.LabelK)
	}
	if q.K > 0 {
		q.Recall = r.recall(rows, onMap, q.K)
		q.Trustworthiness, q.Continuity, err = r.ranks(ctx, rows, onMap, q.K)
	}
	return err
}

// sampleOf draws count different rows of n, in rising order, or all of them.
func sampleOf(n, count int) []int {
	rows := make([]int, n)
	rng.Permutation(rows, rng.Stream(0, "sample of a map's quality", uint64(n)))
	rows = rows[:min(n, count)]
	slices.Sort(rows)
	return rows
}

// neighbors are the k nearest others of the sample's rows, or those that are known of all.
func (r *comparison) neighbors(ctx context.Context, x []float32, l, k int, known *knn.Graph) (*knn.Graph, error) {
	if r.sample != nil {
		return nearestOf(ctx, r.sample, x, l, k)
	}
	if known != nil && known.K >= k {
		return known, nil
	}
	return knn.Self(ctx, x, l, max(k, 1), r.progress.part("neighbors, to measure the map"))
}

// recall is the part of the first k neighbors on the map that are no farther off than the k-th
// among the rows: where no two rows are equally far, the part of the k nearest that both have.
func (r *comparison) recall(rows, onMap *knn.Graph, k int) float64 {
	n := len(rows.Index) / rows.K
	kept := 0
	for s := range n {
		row := r.x[r.row(s)*r.l:][:r.l]
		_, distances := near(rows, s)
		others, _ := near(onMap, s)
		for _, j := range others[:k] {
			if float32(math.Sqrt(kernel.SquaredDistance(row, r.x[int(j)*r.l:][:r.l]))) <= distances[k-1] {
				kept++
			}
		}
	}
	return float64(kept) / float64(n*k)
}

// row is the s-th whose neighbors are compared.
func (r *comparison) row(s int) int {
	if r.sample != nil {
		return r.sample[s]
	}
	return s
}

// labelAccuracy is the part of the rows with a label that the majority of their k nearest
// rows with a label on the map gives the same. Where classes have equally many votes, the
// one whose nearest row is nearest wins.
func (r *comparison) labelAccuracy(onMap *knn.Graph, labels []int, k int) float64 {
	right, asked := 0, 0
	for s := range len(onMap.Index) / onMap.K {
		row := r.row(s)
		if labels[row] < 0 {
			continue
		}
		asked++
		voters, _ := near(onMap, s)
		if majority(voters[:k], labels) == labels[row] {
			right++
		}
	}
	if asked == 0 {
		return math.NaN()
	}
	return float64(right) / float64(asked)
}

// tell tells whether labels tell rows apart: there are two or more, and at least half of the rows have one.
func tell(labels []int) bool {
	labelled, several, first := 0, false, -1
	for _, class := range labels {
		if class < 0 {
			continue
		}
		if labelled++; first < 0 {
			first = class
		}
		several = several || class != first
	}
	return several && 2*labelled >= len(labels)
}

// majority is the class with the most votes, among equals that of the nearest row, and -1
// where none has a label.
func majority(near []int32, labels []int) int {
	best, most := -1, 0
	for _, i := range near {
		votes := 0
		for _, j := range near {
			if labels[j] == labels[i] {
				votes++
			}
		}
		if labels[i] >= 0 && votes > most {
			best, most = labels[i], votes
		}
	}
	return best
}
