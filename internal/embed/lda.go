package embed

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"vae/internal/stats"
	"vae/internal/trace"
)

// LDA maps rows to the two directions that part their classes best: Fisher's linear
// discriminants, along which the means of the classes lie far apart by the measure of how
// far the rows of a class scatter (Fisher 1936, Rao 1948).
type LDA struct {
	Labels []int // [N] classes, -1 for a row that has none and no say
}

// discriminants finds the directions in the columns' space.
type discriminants struct {
	l       int
	mean    []float64     // [L] of the rows with a label
	total   *mat.SymDense // [L, L] covariance
	between *mat.SymDense // [L, L] covariance of the classes' means
	within  *mat.SymDense // [L, L] mean covariance of a class, with a ridge
	classes int
	means   [][]float64 // [C][L] of the classes less that of all, each by the root of its part of the rows
}

// ridge is added to the scatter within classes, as a part of its mean variance. Without it a
// column that is constant in each class, or more columns than rows, would part the classes
// as well as one likes and mean nothing.
const ridge = 1e-3

// mostColumns bounds an eigenvalue problem that takes time by their cube.
const mostColumns = 4096

// Map lays the rows of x [N, l] out. Errors: fewer than two classes, or no class with two
// rows of its own that differ; too many columns.
func (d LDA) Map(ctx context.Context, x []float32, l int) (*Map, error) {
	n, err := checkRows("lda", x, l)
	if err != nil {
		return nil, err
	}
	if len(d.Labels) != n {
		return nil, fmt.Errorf("lda: %d labels for %d rows", len(d.Labels), n)
	}
	if l > mostColumns {
		return nil, fmt.Errorf("lda: %d columns: there may be %d; take fewer by principal components first", l, mostColumns)
	}
	s, err := d.scatter(ctx, x, l)
	if err != nil {
		return nil, err
	}
	if l >= manyColumns {
		return s.layOut(ctx, x)
	}
	return interruptible(ctx, func() (*Map, error) { return s.layOut(ctx, x) })
}

// interruptible is what do returns, or the error of ctx as soon as it is interrupted: gonum
// looks at no context, so that it goes on alone until it is done or the program ends.
func interruptible(ctx context.Context, do func() (*Map, error)) (m *Map, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("lda: %w", trace.Recovered(r))
			}
		}()
		m, err = do()
	}()
	select {
	case <-done:
		return m, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// scatter measures the rows that have a label.
func (d LDA) scatter(ctx context.Context, x []float32, l int) (*discriminants, error) {
	count := map[int]int{}
	var labeled []int
	for i, c := range d.Labels {
		if c >= 0 {
			labeled = append(labeled, i)
			count[c]++
		}
	}
	if len(count) < 2 {
		return nil, fmt.Errorf("lda: %d classes: at least 2 are needed, which the map can part", len(count))
	}
	rows := func(dst []float32, i int) { copy(dst, x[labeled[i]*l:(labeled[i]+1)*l]) }
	mean, total, err := stats.Covariance(ctx, "lda", rows, len(labeled), l)
	if err != nil {
		return nil, err
	}
	s := &discriminants{l: l, mean: mean, classes: len(count), total: mat.NewSymDense(l, total)}
	s.between, s.within = mat.NewSymDense(l, nil), mat.NewSymDense(l, nil)
	for _, m := range d.classMeans(x, l, labeled, count) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		floats.Sub(m.mean, mean)
		part := float64(m.rows) / float64(len(labeled))
		s.between.SymRankOne(s.between, part, mat.NewVecDense(l, m.mean))
		floats.Scale(math.Sqrt(part), m.mean)
		s.means = append(s.means, m.mean)
	}
	for i := range l {
		for j := i; j < l; j++ {
			s.within.SetSym(i, j, s.total.At(i, j)-s.between.At(i, j))
		}
	}
	return s, s.addRidge()
}

// addRidge makes the scatter within the classes one that can be divided by.
func (s *discriminants) addRidge() error {
	variance := mat.Trace(s.within) / float64(s.l)
	if !(variance > 1e-12*mat.Trace(s.total)/float64(s.l)) {
		return errors.New("lda: the rows of a class do not differ, so that there is no scatter to measure the classes by")
	}
	for j := range s.l {
		s.within.SetSym(j, j, s.within.At(j, j)+ridge*variance)
	}
	return nil
}

// classMean is the mean [L] of the rows of one class.
type classMean struct {
	mean []float64
	rows int
}

// classMeans are in the order in which the classes first come.
func (d LDA) classMeans(x []float32, l int, labeled []int, count map[int]int) []classMean {
	var means []classMean
	place := map[int]int{}
	for _, i := range labeled {
		c := d.Labels[i]
		at, known := place[c]
		if !known {
			at = len(means)
			place[c] = at
			means = append(means, classMean{make([]float64, l), count[c]})
		}
		for j, v := range x[i*l : (i+1)*l] {
			means[at].mean[j] += float64(v) / float64(count[c])
		}
	}
	return means
}

// layOut projects all rows on the directions.
func (s *discriminants) layOut(ctx context.Context, x []float32) (*Map, error) {
	solve, beside := s.solve, s.beside
	if s.l >= manyColumns {
		solve, beside = func() ([]float64, [][]float64, error) { return s.search(ctx) }, func(axis []float64) ([]float64, error) { return s.searchBeside(ctx, axis) }
	}
	values, directions, err := solve()
	if err != nil {
		return nil, err
	}
	m := &Map{KL: math.NaN()}
	for i := range directions {
		m.Axes[i] = fmt.Sprintf("discriminant %d (%.3g %% of what parts the classes)", i+1, 100*values[i]/floats.Sum(values))
	}
	if s.classes == 2 && s.l > 1 {
		if directions[1], err = beside(directions[0]); err != nil {
			return nil, err
		}
		m.Axes[1] = "the largest component beside it"
	}
	m.axes = &axes{s.mean, directions}
	m.Places, err = m.axes.project(ctx, x)
	return m, err
}

// solve finds the directions a that make aᵀBa largest where aᵀWa is 1, B the scatter between
// classes and W that within them: with W = CCᵀ they are C⁻ᵀu, u the eigenvectors of
// C⁻¹BC⁻ᵀ. It returns all eigenvalues by falling size, and the first one or two directions.
func (s *discriminants) solve() (values []float64, axes [][]float64, err error) {
	var cholesky mat.Cholesky
	if !cholesky.Factorize(s.within) {
		return nil, nil, errors.New("lda: the scatter within the classes is not positive definite")
	}
	var lower mat.TriDense
	cholesky.LTo(&lower)
	between := mat.DenseCopyOf(s.between)
	if err := solveTwice(between, &lower); err != nil {
		return nil, nil, err
	}
	values, vectors, err := eigenOf(between)
	if err != nil {
		return nil, nil, err
	}
	for i := range min(2, s.l) {
		var a mat.VecDense
		if err := a.SolveVec(lower.T(), vectors.ColView(i)); err != nil {
			return nil, nil, fmt.Errorf("lda: %w", err)
		}
		axes = append(axes, oriented(a.RawVector().Data))
	}
	return values, axes, nil
}

// solveTwice replaces the symmetric m by C⁻¹ m C⁻ᵀ.
func solveTwice(m *mat.Dense, lower *mat.TriDense) error {
	for range 2 { // the second time on the transpose of the first
		var half mat.Dense
		if err := half.Solve(lower, m); err != nil {
			return fmt.Errorf("lda: %w", err)
		}
		m.Copy(half.T())
	}
	return nil
}

// eigenOf returns eigenvalues, none below 0, and eigenvectors as columns, by falling
// eigenvalue.
func eigenOf(m *mat.Dense) ([]float64, *mat.Dense, error) {
	l, _ := m.Dims()
	symmetric := mat.NewSymDense(l, nil)
	for i := range l {
		for j := i; j < l; j++ {
			symmetric.SetSym(i, j, (m.At(i, j)+m.At(j, i))/2)
		}
	}
	var e mat.EigenSym
	if !e.Factorize(symmetric, true) {
		return nil, nil, fmt.Errorf("the eigenvalues of %d columns did not converge", l)
	}
	rising := e.Values(nil)
	var v mat.Dense
	e.VectorsTo(&v)
	values, vectors := make([]float64, l), mat.NewDense(l, l, nil)
	for i := range l {
		values[i] = max(rising[l-1-i], 0)
		vectors.SetCol(i, mat.Col(nil, l-1-i, &v))
	}
	return values, vectors, nil
}

// beside is the direction of most variance among those at a right angle to axis: two classes
// have one discriminant.
func (s *discriminants) beside(axis []float64) ([]float64, error) {
	u := mat.NewVecDense(s.l, append([]float64(nil), axis...))
	u.ScaleVec(1/mat.Norm(u, 2), u)
	without := mat.NewDense(s.l, s.l, nil)
	without.Outer(-1, u, u)
	for j := range s.l {
		without.Set(j, j, without.At(j, j)+1)
	}
	var rest mat.Dense
	rest.Product(without, s.total, without)
	_, vectors, err := eigenOf(&rest)
	if err != nil {
		return nil, fmt.Errorf("lda: %w", err)
	}
	return oriented(mat.Col(nil, 0, vectors)), nil
}

// oriented makes the entry with the largest magnitude positive.
func oriented(v []float64) []float64 {
	largest := 0.0
	for _, x := range v {
		if math.Abs(x) > math.Abs(largest) {
			largest = x
		}
	}
	if largest < 0 {
		floats.Scale(-1, v)
	}
	return v
}
