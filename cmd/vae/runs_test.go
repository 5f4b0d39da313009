package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// differences lists the files of two runs that are not the same to the byte, but for
// the times in metrics.csv.
func differences(a, b string) ([]string, error) {
	names, err := comparedIn(a)
	if err != nil {
		return nil, err
	}
	others, err := comparedIn(b)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(names, others) {
		return []string{fmt.Sprintf("%v and %v", names, others)}, nil
	}
	var differ []string
	for _, name := range names {
		one, err := os.ReadFile(filepath.Join(a, name))
		if err != nil {
			return nil, err
		}
		other, err := os.ReadFile(filepath.Join(b, name))
		if err != nil {
			return nil, err
		}
		if name == "metrics.csv" {
			one, other = withoutTimes(one), withoutTimes(other)
		}
		if !bytes.Equal(one, other) {
			differ = append(differ, name)
		}
	}
	return differ, nil
}

// comparedIn lists the files of a run that are the same for the same training: those that every one
// has, and those that some have.
func comparedIn(run string) ([]string, error) {
	names := []string{"model.safetensors", "state.safetensors", "config.yaml", "metrics.csv"}
	for _, pattern := range []string{"latents.csv", "snapshots/*"} {
		found, err := filepath.Glob(filepath.Join(run, filepath.FromSlash(pattern)))
		if err != nil {
			return nil, err
		}
		for _, file := range found {
			name, err := filepath.Rel(run, file)
			if err != nil {
				return nil, err
			}
			names = append(names, name)
		}
	}
	return names, nil
}

// withoutTimes leaves out the columns seconds and images_per_second. What is no table
// stays as it is.
func withoutTimes(metrics []byte) []byte {
	rows, err := csv.NewReader(bytes.NewReader(metrics)).ReadAll()
	if err != nil || len(rows) == 0 || len(rows[0]) < 4 {
		return metrics
	}
	var b bytes.Buffer
	for _, row := range rows {
		fmt.Fprintln(&b, slices.Delete(row, 2, 4))
	}
	return b.Bytes()
}

// samerun checks that two runs hold the same (or not), but for the time they took.
func samerun(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, len(args) == 2, "[!] samerun RUN RUN")
	differ, err := differences(ts.MkAbs(args[0]), ts.MkAbs(args[1]))
	ts.Check(err)
	if len(differ) > 0 != neg {
		ts.Fatalf("%s and %s differ in %v", args[0], args[1], differ)
	}
}

// appear waits until a file is there.
func appear(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, len(args) == 1 && !neg, "appear FILE")
	awaitFile(ts, args[0])
}

func awaitFile(ts *testscript.TestScript, file string) {
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		if _, err := os.Stat(ts.MkAbs(file)); err == nil {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s did not appear", file)
		}
	}
}

// flip changes one bit of a file: flip FILE OFFSET, counted from the end where it is
// negative.
func flip(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, len(args) == 2 && !neg, "flip FILE OFFSET")
	data := []byte(ts.ReadFile(args[0]))
	at := number(ts, args[1])
	if at < 0 {
		at += len(data)
	}
	data[at] ^= 4
	writeBytes(ts, args[0], data)
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
