package stats

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// mixed are n rows of d correlated columns with an offset.
func mixed(seed uint64, n, d int) []float32 {
	noise, mixing := normals(seed, n*d), normals(seed+1, d*d)
	x := make([]float32, n*d)
	for i := range n {
		for j := range d {
			v := float64(j)
			for k := range d {
				v += float64(mixing[j*d+k]) * float64(noise[i*d+k]) / float64(k+1)
			}
			x[i*d+j] = float32(v)
		}
	}
	return x
}

// TestPCAAgainstSVD compares with the singular values and vectors of the
// centered rows, which need no covariance.
func TestPCAAgainstSVD(t *testing.T) {
	for _, size := range []struct{ n, d, k int }{{500, 9, 4}, {9, 40, 4}, {9, 40, 8}, {20, 1100, 5}, {30, 30, 3}, {2, 3, 1}} {
		t.Run(fmt.Sprint(size), func(t *testing.T) { againstSVD(t, size.n, size.d, size.k) })
	}
}

func againstSVD(t *testing.T, n, d, k int) {
	x := mixed(10, n, d)
	p := must[*PCA](t)(FitPCA(t.Context(), source(x, d), n, d, k))
	mean, _, _ := plainCovariance(x, n, d)
	centered := mat.NewDense(n, d, nil)
	for i := range n {
		for j := range d {
			centered.Set(i, j, float64(x[i*d+j])-mean[j])
		}
	}
	var svd mat.SVD
	if !svd.Factorize(centered, mat.SVDThinV) {
		t.Fatal("no singular values")
	}
	var v mat.Dense
	svd.VTo(&v)
	values := svd.Values(nil)
	left, total := 0.0, 0.0
	for i, s := range values {
		total += s * s / float64(n)
		if i >= k {
			left += s * s / float64(n)
		}
	}
	for i := range k {
		near(t, fmt.Sprint("variance ", i), p.Variances[i], values[i]*values[i]/float64(n), 1e-12*p.Variances[0])
		want := mat.Col(nil, i, &v)
		if slices.MinFunc(want, byMagnitude) < 0 {
			floats.Scale(-1, want)
		}
		for j := range d {
			near(t, fmt.Sprint("component ", i, j), p.Components[i][j], want[j], 1e-10)
		}
	}
	near(t, "noise", p.Noise, left/float64(d-k), 1e-12*p.Variances[0])
	near(t, "explained", p.Explained, 1-left/total, 1e-12)
	for j := range d {
		near(t, fmt.Sprint("mean ", j), p.Mean[j], mean[j], 1e-12)
	}
}

// byMagnitude puts the largest magnitude first.
func byMagnitude(a, b float64) int {
	if math.Abs(a) > math.Abs(b) {
		return -1
	}
	return 1
}

func TestPCAComponentsAreOrthonormal(t *testing.T) {
	const n, d, k = 40, 60, 60 // more components than the rows have dimensions
	x := mixed(11, n, d)
	steep := slices.Clone(x) // variances of all magnitudes
	for i := range steep {
		steep[i] *= float32(math.Pow(10, -float64(i/d)/4))
	}
	for _, rows := range [][]float32{x, steep, slices.Repeat(x[:2*d], n/2)} {
		orthonormal(t, must[*PCA](t)(FitPCA(t.Context(), source(rows, d), n, d, k)))
	}
}

func orthonormal(t *testing.T, p *PCA) {
	t.Helper()
	for i, a := range p.Components {
		for j, b := range p.Components[:i+1] {
			want := 0.0
			if i == j {
				want = 1
			}
			near(t, fmt.Sprint("product of components ", i, j), floats.Dot(a, b), want, 1e-12)
		}
		if slices.MinFunc(a, byMagnitude) < 0 {
			t.Errorf("component %d: its largest entry is negative", i)
		}
		if i > 0 && !(p.Variances[i] <= p.Variances[i-1] && p.Variances[i] >= 0) {
			t.Errorf("variance %d is %g after %g", i, p.Variances[i], p.Variances[i-1])
		}
	}
}

func TestPCAEncodesAndDecodes(t *testing.T) {
	const n, d = 30, 6
	x := mixed(12, n, d)
	p := must[*PCA](t)(FitPCA(t.Context(), source(x, d), n, d, d))
	if p.Noise != 0 {
		t.Errorf("noise %g of all components", p.Noise)
	}
	near(t, "explained", p.Explained, 1, 1e-15)
	codes, back := make([]float32, n*d), make([]float32, n*d)
	if err := p.Encode(codes, x); err != nil {
		t.Fatal(err)
	}
	if err := p.Decode(back, codes); err != nil {
		t.Fatal(err)
	}
	for i := range x {
		near(t, fmt.Sprint("element ", i), float64(back[i]), float64(x[i]), 1e-5)
	}
	_, cov, _ := plainCovariance(codes, n, d)
	for i := range d {
		for j := range d {
			want := 0.0
			if i == j {
				want = p.Variances[i]
			}
			near(t, fmt.Sprint("covariance of codes ", i, j), cov[i*d+j], want, 1e-6*p.Variances[0])
		}
	}
}

func TestPPCAAgainstMultivariateNormal(t *testing.T) {
	const n, d = 200, 5
	x := mixed(13, n, d)
	for k := 1; k <= d; k++ {
		p := must[*PCA](t)(FitPCA(t.Context(), source(x, d), n, d, k))
		// W Wᵀ + sigma^2 I with W = U (Λ - sigma^2 I)^(1/2), Tipping and Bishop's equation 7
		c := mat.NewSymDense(d, nil)
		for i := range d {
			for j := i; j < d; j++ {
				v := 0.0
				if i == j {
					v = p.Noise
				}
				for m, u := range p.Components {
					v += u[i] * u[j] * (p.Variances[m] - p.Noise)
				}
				c.SetSym(i, j, v)
			}
		}
		for i := range 10 {
			got := must[float64](t)(p.LogLikelihood(x[i*d : (i+1)*d]))
			near(t, fmt.Sprintf("k=%d, row %d", k, i), got, normalLogDensity(t, x[i*d:(i+1)*d], p.Mean, c), 1e-9)
		}
	}
}

// normalLogDensity is that of a multivariate normal distribution.
func normalLogDensity(t *testing.T, x []float32, mean []float64, covariance mat.Symmetric) float64 {
	t.Helper()
	var cholesky mat.Cholesky
	if !cholesky.Factorize(covariance) {
		t.Fatal("the covariance is not positive definite")
	}
	off, solved := mat.NewVecDense(len(mean), nil), new(mat.VecDense)
	for j, m := range mean {
		off.SetVec(j, float64(x[j])-m)
	}
	if err := cholesky.SolveVecTo(solved, off); err != nil {
		t.Fatal(err)
	}
	return -0.5 * (float64(len(mean))*math.Log(2*math.Pi) + cholesky.LogDet() + mat.Dot(off, solved))
}

// TestPPCAMeanLikelihood holds the mean over the training rows against its
// closed form, equation 4 of Tipping and Bishop with C^-1 S of trace D.
func TestPPCAMeanLikelihood(t *testing.T) {
	const n, d, k = 300, 8, 3
	x := mixed(14, n, d)
	p := must[*PCA](t)(FitPCA(t.Context(), source(x, d), n, d, k))
	mean := 0.0
	for i := range n {
		mean += must[float64](t)(p.LogLikelihood(x[i*d:(i+1)*d])) / n
	}
	want := float64(d)*(math.Log(2*math.Pi)+1) + (d-k)*math.Log(p.Noise)
	for _, v := range p.Variances {
		want += math.Log(v)
	}
	near(t, "mean log-likelihood", mean, -want/2, 1e-10)
}

func TestPPCAOfSubspaceHasNoDensity(t *testing.T) {
	const n, d = 50, 4
	x := mixed(15, n, d)
	for i := range n {
		x[i*d+2] = 0.5
	}
	for _, k := range []int{3, 4} {
		p := must[*PCA](t)(FitPCA(t.Context(), source(x, d), n, d, k))
		_, err := p.LogLikelihood(x[:d])
		fails(t, err, "lie in a subspace")
	}
	p := must[*PCA](t)(FitPCA(t.Context(), source(x, d), n, d, 2))
	if v, err := p.LogLikelihood(x[:d]); err != nil || math.IsNaN(v) {
		t.Errorf("%g, %v", v, err)
	}
}

func TestPCAIsTheSameForAnyThreadCount(t *testing.T) {
	const n, d, k = 600, 200, 20 // gonum multiplies in parallel from 128 on
	x := normals(16, n*d)
	sameForAnyThreadCount(t, func() any {
		p := must[*PCA](t)(FitPCA(t.Context(), source(x, d), n, d, k))
		codes, back := make([]float32, n*k), make([]float32, n*d)
		if err := p.Encode(codes, x); err != nil {
			t.Fatal(err)
		}
		if err := p.Decode(back, codes); err != nil {
			t.Fatal(err)
		}
		return []any{p, codes, back}
	})
}

func TestPCAErrors(t *testing.T) {
	x := normals(17, 20)
	x[7] = float32(math.NaN())
	for _, tt := range []struct {
		n, d, k int
		text    string
	}{
		{10, 2, 0, "0 components of 2 columns"},
		{10, 2, 3, "3 components of 2 columns"},
		{1, 2, 1, "1 rows"},
		{10, 2, 1, "row 3, column 1 is NaN"},
		{10, 1 << 40, 1, "columns"},
	} {
		_, err := FitPCA(t.Context(), source(x, 2), tt.n, tt.d, tt.k)
		fails(t, err, tt.text)
	}
	_, err := FitPCA(t.Context(), source(make([]float32, 20), 2), 10, 2, 1)
	fails(t, err, "all rows are alike")
}

func TestPCAMethodErrors(t *testing.T) {
	x := mixed(18, 20, 3)
	p := must[*PCA](t)(FitPCA(t.Context(), source(x, 3), 20, 3, 2))
	fails(t, p.Encode(make([]float32, 4), x[:7]), "7 of data")
	fails(t, p.Encode(make([]float32, 3), x[:6]), "3 numbers of codes")
	fails(t, p.Decode(make([]float32, 6), make([]float32, 6)), "6 numbers of codes")
	_, err := p.LogLikelihood(x[:2])
	fails(t, err, "a row has 3")
	for _, broken := range []*PCA{
		{},
		{Mean: p.Mean},
		{Mean: p.Mean, Components: p.Components, Variances: p.Variances[:1]},
		{Mean: p.Mean, Components: [][]float64{{1, 0, 0}, {0, 1}}, Variances: p.Variances},
	} {
		if broken.Encode(nil, nil) == nil || broken.Decode(nil, nil) == nil {
			t.Errorf("%+v codes nothing without an error", broken)
		}
		_, err := broken.LogLikelihood(x[:3])
		fails(t, err, "pca:")
	}
}
