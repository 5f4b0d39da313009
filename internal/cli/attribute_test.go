package cli

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"testing"
)

// numbersOf are cells from a column on.
func numbersOf(t *testing.T, row []string, from int) []float64 {
	t.Helper()
	var numbers []float64
	for _, cell := range row[from:] {
		v, err := strconv.ParseFloat(cell, 64)
		if err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, v)
	}
	return numbers
}

// codesOf are the codes that encode writes of images, and their mean.
func codesOf(t *testing.T, model, images string) (codes [][]float64, mean []float64) {
	t.Helper()
	for _, row := range records(t, "encode", "-m", model, "-q", images) {
		code := numbersOf(t, row, 1)
		if mean == nil {
			mean = make([]float64, len(code))
		}
		for j, v := range code {
			mean[j] += v
		}
		codes = append(codes, code)
	}
	for j := range mean {
		mean[j] /= float64(len(codes))
	}
	return codes, mean
}

func near(t *testing.T, what string, got, want []float64) {
	t.Helper()
	for j := range want {
		if len(got) != len(want) || !(math.Abs(got[j]-want[j]) <= 2e-6*max(1, math.Abs(want[j]))) {
			t.Fatalf("%s: %v, want %v", what, got, want)
		}
	}
}

// TestAttributeIsTheDifferenceOfMeans holds codes and figures against the codes that encode writes.
func TestAttributeIsTheDifferenceOfMeans(t *testing.T) {
	file := modelFile(t)
	some, others := filepath.Join(t.TempDir(), "some-images-idx3-ubyte"), filepath.Join(t.TempDir(), "others-images-idx3-ubyte")
	writeText(t, some, idxText(40))
	writeText(t, others, idxText(7))
	_, with := codesOf(t, file, some)
	codes, without := codesOf(t, file, others)
	args := []string{"attribute", "-m", file, "-q", "--with", some, "--without", others}

	rows := records(t, append(args, "--format", "csv", "--apply", others, "-n", "3", "--strength", "-1..2", "--columns", "4")...)
	if len(rows) != 12 {
		t.Fatalf("%d rows, want 3 images of 4 strengths", len(rows))
	}
	for i, row := range rows {
		got := numbersOf(t, row, 1)
		strength := float64(i%4 - 1)
		want := []float64{strength}
		for j, v := range codes[i/4] {
			want = append(want, v+strength*(with[j]-without[j]))
		}
		near(t, fmt.Sprintf("row %d", i), got, want)
	}
	near(t, "the mean at strength 1", numbersOf(t, records(t, append(args, "--format", "csv", "--strength", "0..1", "--columns", "2")...)[1], 2), with)

	code, stdout, stderr := piped(t, append(args, "--json")...)
	var figures attributeFigures
	if err := json.Unmarshal([]byte(stdout), &figures); err != nil || code != 0 {
		t.Fatalf("%v, exit code %d, %s%s", err, code, stdout, stderr)
	}
	var length float64
	for j, v := range figures.Direction {
		near(t, "the direction", []float64{v}, []float64{with[j] - without[j]})
		length += v * v
	}
	near(t, "the length", []float64{figures.Length}, []float64{math.Sqrt(length)})
	if figures.With != 40 || figures.Without != 7 || figures.StandardError == nil || figures.AUROC == nil || figures.Right == nil {
		t.Errorf("figures %+v", figures)
	}
	sum := records(t, "arithmetic", "-m", file, "-q", "--format", "csv", some, "-", others, "+", others+"/00002")
	want := make([]float64, len(with))
	for j := range want {
		want[j] = with[j] - without[j] + codes[2][j]
	}
	near(t, "the sum", numbersOf(t, sum[0], 1), want)
}
