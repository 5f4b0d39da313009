package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// peer is a Python process that answers one JSON line for each that it is sent.
type peer struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Scanner
}

// answer is what peers say; each request has some of it.
type answer struct {
	Version string  `json:"version"`
	Threads int     `json:"threads"`
	Seconds float64 `json:"seconds"`
	CPU     float64 `json:"cpu"`
	// Neighbors are the seconds of a map's search for neighbors, which Seconds includes.
	Neighbors float64 `json:"neighbors"`
	Loss      float64 `json:"loss"`
	Variant   string  `json:"variant"`
	Bytes     float64 `json:"bytes"` // the greatest resident size
	GFLOPS    float64 `json:"gflops"`
	Error     string  `json:"error"`
}

func startPeer(python, script string, env ...string) (*peer, error) {
	c := exec.Command(python, script)
	c.Env = append(os.Environ(), env...)
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	return &peer{c, in, bufio.NewScanner(out)}, nil
}

func (p *peer) ask(request map[string]any) (answer, error) {
	var a answer
	line, err := json.Marshal(request)
	if err != nil {
		return a, err
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		return a, err
	}
	if !p.out.Scan() {
		return a, fmt.Errorf("%s ended: %v", p.command.Args[1], p.out.Err())
	}
	if err := json.Unmarshal(p.out.Bytes(), &a); err != nil {
		return a, err
	}
	if a.Error != "" {
		return a, fmt.Errorf("%s", a.Error)
	}
	return a, nil
}

// close ends the process and waits for it.
func (p *peer) close() {
	_ = p.in.Close()
	_ = p.command.Wait()
}
