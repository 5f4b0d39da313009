//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"runtime/debug"
	"syscall"
	"time"
)

// work answers requests until there are no more.
func work() error {
	defer debug.SetGCPercent(debug.SetGCPercent(20)) // as training has it
	lines := bufio.NewScanner(os.Stdin)
	var step func() error
	for lines.Scan() {
		var r workerRequest
		err := json.Unmarshal(lines.Bytes(), &r)
		var a answer
		switch {
		case err != nil:
		case r.Op == "prepare":
			if _, step, err = workerStep(r); err == nil {
				a, err = probe(step, r.Seconds)
			}
		case r.Op == "memory":
			a.Bytes, err = peakMemory()
		case step == nil:
			err = fmt.Errorf("%s before prepare", r.Op)
		default:
			a, err = timed(step, r.Steps)
		}
		if err != nil {
			a.Error = err.Error()
		}
		line, err := json.Marshal(a)
		if err != nil {
			return err
		}
		fmt.Println(string(line))
	}
	return lines.Err()
}

// probe is the shortest time of a step, after two that warm up.
func probe(step func() error, seconds float64) (answer, error) {
	if _, err := timed(step, 2); err != nil {
		return answer{}, err
	}
	best, start := answer{Seconds: math.Inf(1)}, time.Now()
	for n := 0; n < 3 || time.Since(start).Seconds() < seconds; n++ {
		a, err := timed(step, 1)
		if err != nil {
			return answer{}, err
		}
		best.Seconds = min(best.Seconds, a.Seconds)
	}
	return best, nil
}

// timed does so many steps.
func timed(step func() error, steps int) (a answer, err error) {
	cpu, err := processorTime()
	if err != nil {
		return a, err
	}
	start := time.Now()
	for range steps {
		if err := step(); err != nil {
			return a, err
		}
	}
	a.Seconds = time.Since(start).Seconds()
	after, err := processorTime()
	a.CPU = after - cpu
	return a, err
}

func usage() (u syscall.Rusage, err error) {
	err = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u, err
}

func processorTime() (float64, error) {
	u, err := usage()
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9, err
}

func peakMemory() (float64, error) {
	u, err := usage()
	return 1024 * float64(u.Maxrss), err
}
