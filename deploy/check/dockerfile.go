package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

type stage struct {
	Name     string            `json:"name"`
	Base     string            `json:"base"`
	User     string            `json:"user"`
	Command  []string          `json:"command"`
	Health   bool              `json:"health"`
	StopWith string            `json:"stopWith"`
	Env      map[string]string `json:"env"`
}

// readDockerfile parses with BuildKit's parser and follows each stage back to its base.
func readDockerfile(file, context string) ([]stage, error) {
	in, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	parsed, err := parser.Parse(in)
	if err != nil {
		return nil, err
	}
	var problems []error
	warn := func(rule, description, _, message string, at []parser.Range) {
		problems = append(problems, fmt.Errorf("%s: %s (%s) %v", rule, message, description, at))
	}
	lint := linter.New(&linter.Config{Warn: warn})
	parsedStages, arguments, err := instructions.Parse(parsed.AST, lint)
	if err != nil {
		return nil, err
	}
	defaults := map[string]string{}
	for _, command := range arguments {
		for _, argument := range command.Args {
			defaults[argument.Key] = argument.ValueString()
		}
	}
	lex := shell.NewLex(parsed.EscapeToken)
	known := map[string]stage{}
	stages := []stage{}
	for _, source := range parsedStages {
		base, _, err := lex.ProcessWord(source.BaseName, shell.EnvsFromSlice(pairs(defaults)))
		if err != nil {
			return nil, err
		}
		current := inherit(known[base], source.Name, base)
		for _, command := range source.Commands {
			problems = append(problems, current.apply(command, known, context)...)
		}
		known[source.Name] = current
		stages = append(stages, current)
	}
	return stages, errors.Join(problems...)
}

func inherit(base stage, name, baseName string) stage {
	env := map[string]string{}
	for key, value := range base.Env {
		env[key] = value
	}
	base.Name, base.Base, base.Env = name, baseName, env
	return base
}

func (s *stage) apply(command instructions.Command, known map[string]stage, context string) (problems []error) {
	switch c := command.(type) {
	case *instructions.UserCommand:
		s.User = c.User
	case *instructions.CmdCommand:
		s.Command = c.CmdLine
	case *instructions.HealthCheckCommand:
		s.Health = c.Health != nil && len(c.Health.Test) > 1
	case *instructions.StopSignalCommand:
		s.StopWith = c.Signal
	case *instructions.EnvCommand:
		for _, pair := range c.Env {
			s.Env[pair.Key] = pair.Value
		}
	case *instructions.CopyCommand:
		if c.From != "" {
			if _, ok := known[c.From]; !ok {
				problems = append(problems, fmt.Errorf("stage %s copies from %s, which is no earlier stage", s.Name, c.From))
			}
			return problems
		}
		for _, source := range c.SourcePaths {
			if found, err := filepath.Glob(filepath.Join(context, source)); err != nil || len(found) == 0 {
				problems = append(problems, fmt.Errorf("stage %s copies %s, which does not exist", s.Name, source))
			}
		}
	}
	return problems
}

func pairs(values map[string]string) []string {
	list := []string{}
	for key, value := range values {
		list = append(list, key+"="+strings.TrimSpace(value))
	}
	return list
}
