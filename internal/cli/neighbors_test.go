package cli

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"vae/internal/rng"
)

// records runs the program and returns its table without the header.
func records(t *testing.T, args ...string) [][]string {
	t.Helper()
	code, stdout, stderr := piped(t, args...)
	if code != 0 {
		t.Fatalf("%v: exit code %d, %q", args, code, stderr)
	}
	var rows [][]string
	for line := range strings.Lines(stdout) {
		rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), ","))
	}
	return rows[1:]
}

// TestNeighborsAreNearestByCode checks the table against the codes that encode
// writes, of every image but the one in question.
func TestNeighborsAreNearestByCode(t *testing.T) {
	const k, images, query = 7, 1000, 321
	file := modelFile(t)
	many := filepath.Join(t.TempDir(), "many-images-idx3-ubyte")
	writeText(t, many, idxText(images))
	codes := records(t, "encode", "-m", file, "-q", many)
	if len(codes) != images {
		t.Fatalf("%d codes", len(codes))
	}
	value := func(row, latent int) float64 {
		v, err := strconv.ParseFloat(codes[row][1+latent], 32)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	type candidate struct {
		row      int
		distance float64
	}
	var all []candidate
	for row := range codes {
		if row != query {
			all = append(all, candidate{row, math.Hypot(value(row, 0)-value(query, 0), value(row, 1)-value(query, 1))})
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	found := records(t, "neighbors", "-m", file, "-q", "-n", strconv.Itoa(k), fmt.Sprintf("%s/%05d", many, query), "--among", many)
	if len(found) != k {
		t.Fatalf("%d neighbors, want %d", len(found), k)
	}
	for i, n := range found {
		want := all[i]
		distance, err := strconv.ParseFloat(n[2], 32)
		if n[0] != strconv.Itoa(i+1) || n[1] != codes[want.row][0] || err != nil || !(math.Abs(distance-want.distance) <= 1e-7*want.distance) {
			t.Errorf("neighbor %d is %v, want %v at %g", i+1, n, codes[want.row][0], want.distance)
		}
	}
}

// idxText is an IDX file of n random images of 8x8.
func idxText(n int) string {
	text := binary.BigEndian.AppendUint32(nil, 0x803)
	for _, d := range []int{n, 8, 8} {
		text = binary.BigEndian.AppendUint32(text, uint32(d))
	}
	r := rng.Stream(1, "test images")
	for range n * 64 {
		text = append(text, uint8(r.UintN(256)))
	}
	return string(text)
}
