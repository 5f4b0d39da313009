package kernel

// SumRows writes to dst [n] the sum over the rows of src [m,n], each column from
// top to bottom: the gradient of a bias.
func SumRows(dst, src []float32, m, n int) {
	check("SumRows", len(dst) == n && len(src) == m*n, m, n)
	clear(dst)
	if m == 0 {
		return
	}
	e := elementTasks.Get().(*elements)
	e.a, e.b, e.n, e.sumRows, e.units = dst, src, n, m, ceilDiv(n, columnGroup)
	e.work = func(e *elements, from, to int) {
		from, to = from*columnGroup, min(to*columnGroup, e.n)
		addRows(e.a[from:to], e.b[from:], e.sumRows, e.n)
	}
	e.inParts(m * columnGroup)
}

// columnGroup is how many columns are summed together at least: some cache lines
// of each row.
const columnGroup = 64

func addRowsPortable(sum, src []float32, rows, step int) {
	for i := range rows {
		for j, v := range src[i*step:][:len(sum)] {
			sum[j] += v
		}
	}
}

// eightSums is what the summing kernels leave: element i of a row is in sum i % 8.
type eightSums [8]float64

// total adds them in a fixed order.
func (s *eightSums) total() float64 {
	return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}

// Finite reports whether no element is NaN or infinite.
func Finite(x []float32) bool {
	for _, v := range x {
		if v-v != 0 { // NaN - NaN and Inf - Inf are NaN
			return false
		}
	}
	return true
}

// NotFinite is the index of the first element that is NaN or infinite, or -1.
func NotFinite(x []float32) int {
	const block = 1 << 12
	for first := 0; first < len(x); first += block {
		part := x[first:min(first+block, len(x))]
		if Finite(part) {
			continue
		}
		for i, v := range part {
			if v-v != 0 {
				return first + i
			}
		}
	}
	return -1
}
