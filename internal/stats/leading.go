package stats

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"vae/internal/kernel"
	"vae/internal/rng"
)

// The first few components of many columns are found in a block Krylov space, with full
// orthogonalization (Golub and Underwood 1977, "The block Lanczos method"): products of the rows
// with two vectors at a time in place of all eigenvectors of a covariance, which take
// time by the cube of the columns.

const (
	// settled is the length of A v - λ v, by that of the first λ, at which v is an eigenvector.
	settled = 1e-8
	// mostDirections bounds the space that is searched.
	mostDirections = 768
	// fewDirections is when it is first looked at.
	fewDirections = 16
	// chunkRows are the rows of a task of a product, at least; there are mostChunks tasks at most.
	chunkRows  = 128
	mostChunks = 64
)

// LeadingPCA is FitPCA of the rows of x [N, d], d at least 2, for a few of very many components:
// to eight digits of the first variance, without those that it leaves out, and of any number of
// columns. Where more variances than can be searched (768) are nearly the same as the last of
// the components, its direction is one among theirs.
func LeadingPCA(ctx context.Context, x []float32, d, k int) (*PCA, error) {
	n := len(x) / max(d, 1)
	if d < 1 || len(x) != n*d || k < 1 || k > d || n < 2 {
		return nil, fmt.Errorf("pca: %d components of %d numbers in rows of %d columns: there can be 1 to %d of at least 2 rows", k, len(x), d, d)
	}
	if i := kernel.NotFinite(x); i >= 0 {
		return nil, fmt.Errorf("pca: row %d, column %d is %v: a finite number is needed", i/d, i%d, x[i])
	}
	c := &centered{x: x, mean: make([]float64, d), n: n}
	for from := 0; from < len(x); from += blockRows * d {
		addColumns(c.mean, x[from:min(from+blockRows*d, len(x))])
	}
	floats.Scale(1/float64(n), c.mean)
	total, err := c.variance(ctx)
	if err != nil {
		return nil, err
	}
	if !(total > 0) {
		return nil, errors.New("pca: all rows are alike: there is no variance to explain")
	}
	values, vectors, err := Leading(ctx, d, k, c.covariance)
	if err != nil {
		return nil, fmt.Errorf("pca: %w", err)
	}
	p := &PCA{Mean: c.mean, Components: vectors, Variances: values, Explained: min(floats.Sum(values)/total, 1)}
	if d > k {
		p.Noise = max(total-floats.Sum(values), 0) / float64(d-k)
	}
	return p, nil
}

// centered are rows [n, d] less their mean [d].
type centered struct {
	x    []float32
	mean []float64
	n    int
}

// chunks gives use the centered rows, a task's one after another. The cut depends on n alone.
func (c *centered) chunks(ctx context.Context, use func(chunk int, row []float64)) (count int, err error) {
	size := max(chunkRows, (c.n+mostChunks-1)/mostChunks)
	count, d := (c.n+size-1)/size, len(c.mean)
	kernel.Parallel(count, func(chunk int) {
		row := make([]float64, d)
		for i := chunk * size; i < min((chunk+1)*size, c.n) && ctx.Err() == nil; i++ {
			for j, v := range c.x[i*d : (i+1)*d] {
				row[j] = float64(v) - c.mean[j]
			}
			use(chunk, row)
		}
	})
	return count, ctx.Err()
}

// variance is the sum of the variances of the columns.
func (c *centered) variance(ctx context.Context) (float64, error) {
	parts := make([]float64, mostChunks)
	_, err := c.chunks(ctx, func(chunk int, row []float64) { parts[chunk] += floats.Dot(row, row) })
	return floats.Sum(parts) / float64(c.n), err
}

// covariance writes to dst the products of the covariance with the vectors of src.
func (c *centered) covariance(ctx context.Context, dst, src [][]float64) error {
	d := len(c.mean)
	parts := make([]float64, mostChunks*len(src)*d)
	count, err := c.chunks(ctx, func(chunk int, row []float64) {
		for i, v := range src {
			at := (chunk*len(src) + i) * d
			floats.AddScaled(parts[at:at+d], floats.Dot(row, v)/float64(c.n), row)
		}
	})
	for i := range dst {
		clear(dst[i])
		for chunk := range count {
			at := (chunk*len(src) + i) * d
			floats.Add(dst[i], parts[at:at+d])
		}
	}
	return err
}

// Leading finds the k largest eigenvalues, falling, and eigenvectors, orthonormal, the entry with
// the largest magnitude positive, of a symmetric matrix [d, d] without negative eigenvalues, of
// which it needs products with vectors only: apply writes them to dst, as many as src has.
// The result has the same bits whenever the products have. Errors: those of apply and of ctx.
func Leading(ctx context.Context, d, k int, apply func(ctx context.Context, dst, src [][]float64) error) (values []float64, vectors [][]float64, err error) {
	s := &krylov{d: d, k: k}
	block := s.start()
	for look := fewDirections; ; {
		products := s.vectors(len(block))
		if err := apply(ctx, products, block); err != nil {
			return nil, nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		s.add(block, products)
		block = s.next(products)
		last := len(block) == 0 || len(s.basis)+len(block) > mostDirections
		if len(s.basis) < look && !last {
			continue
		}
		look = len(s.basis) * 3 / 2
		if done, err := s.solve(); err != nil {
			return nil, nil, err
		} else if done || last {
			break
		}
	}
	for i, v := range s.found {
		leave(v, s.found[:i])
		orient(v)
	}
	return s.values, s.found, nil
}

// krylov is the space that is searched.
type krylov struct {
	d, k     int
	basis    [][]float64 // orthonormal
	products [][]float64 // of the matrix with each
	inner    [][]float64 // of basis i with product j, i up to j

	values []float64 // the best in it
	found  [][]float64
}

func (s *krylov) vectors(n int) [][]float64 {
	all := make([][]float64, n)
	for i := range all {
		all[i] = make([]float64, s.d)
	}
	return all
}

// start is where the search begins: k directions that are at a right angle to none that is looked for.
func (s *krylov) start() (block [][]float64) {
	r := rng.Stream(1, "start of the leading eigenvectors")
	noise := make([]float32, s.d)
	for len(block) < s.k {
		rng.Normal(noise, r)
		v := make([]float64, s.d)
		for j, x := range noise {
			v[j] = float64(x)
		}
		if leave(v, block) {
			block = append(block, v)
		}
	}
	return block
}

func (s *krylov) add(block, products [][]float64) {
	for b, v := range block {
		s.basis, s.products = append(s.basis, v), append(s.products, products[b])
		inner := make([]float64, len(s.basis))
		kernel.Parallel(len(inner), func(i int) { inner[i] = floats.Dot(s.basis[i], products[b]) })
		s.inner = append(s.inner, inner)
	}
}

// next are the directions that the products have beyond the space; none where that is closed.
func (s *krylov) next(products [][]float64) (block [][]float64) {
	all := s.basis[:len(s.basis):len(s.basis)]
	for _, p := range products {
		v := append([]float64(nil), p...)
		if len(all) < s.d && leave(v, all) {
			all, block = append(all, v), append(block, v)
		}
	}
	return block
}

// solve finds the best vectors of the space, and tells whether they are eigenvectors.
func (s *krylov) solve() (done bool, err error) {
	m := len(s.basis)
	small := mat.NewSymDense(m, nil)
	for j, inner := range s.inner {
		for i, v := range inner {
			small.SetSym(i, j, v)
		}
	}
	var e mat.EigenSym
	if !e.Factorize(small, true) {
		return false, fmt.Errorf("the eigenvalues of %d columns did not converge", s.d)
	}
	var weights mat.Dense
	e.VectorsTo(&weights)
	s.values, s.found = make([]float64, s.k), s.vectors(s.k)
	done = true
	for i, v := range s.found {
		value := e.Values(nil)[m-1-i]
		rest, weight := make([]float64, s.d), mat.Col(nil, m-1-i, &weights)
		eachStrip(s.d, func(from, to int) {
			for j, w := range weight {
				floats.AddScaled(v[from:to], w, s.basis[j][from:to])
				floats.AddScaled(rest[from:to], w, s.products[j][from:to])
			}
		})
		floats.AddScaled(rest, -value, v)
		s.values[i] = max(value, 0)
		done = done && floats.Norm(rest, 2) <= settled*math.Abs(s.values[0])
	}
	return done, nil
}
