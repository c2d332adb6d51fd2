// SPDX-License-Identifier: Apache-2.0
// The fixed part of the graph file's JSON Schema (draft 7), as text. What depends on the lists of
// ops, update rules and initialisers is put in by schema_printer.cpp: a string "@name" stands for
// it.
#pragma once
#include <string_view>

namespace tgc {

constexpr std::string_view kSchemaText = R"json({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "tgc graph file, version 1",
  "description": "See schemas/README.md. Printed by tgc: do not edit.",
  "type": "object",
  "required": ["tgc", "name", "functions"],
  "additionalProperties": false,
  "properties": {
    "tgc": {"const": 1},
    "name": {"$ref": "#/definitions/identifier"},
    "dims": {
      "type": "object",
      "propertyNames": {"$ref": "#/definitions/dim_name"},
      "additionalProperties": {"$ref": "#/definitions/dim_bounds"}
    },
    "inputs": {
      "type": "object",
      "propertyNames": {"$ref": "#/definitions/name"},
      "additionalProperties": {"$ref": "#/definitions/input"}
    },
    "shared": {
      "type": "object",
      "propertyNames": {"allOf": [{"$ref": "#/definitions/name"}, {"not": {"const": "rule"}}]},
      "additionalProperties": {"$ref": "#/definitions/stored"}
    },
    "constants": {
      "type": "object",
      "propertyNames": {"$ref": "#/definitions/name"},
      "additionalProperties": {"$ref": "#/definitions/stored"}
    },
    "graphs": {
      "type": "object",
      "propertyNames": {"$ref": "#/definitions/identifier"},
      "additionalProperties": {"$ref": "#/definitions/graph"}
    },
    "nodes": {"type": "array", "items": {"$ref": "#/definitions/node"}},
    "functions": {
      "type": "object",
      "minProperties": 1,
      "propertyNames": {"$ref": "#/definitions/identifier"},
      "additionalProperties": {"$ref": "#/definitions/function"}
    }
  },
  "definitions": {
    "identifier": {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "maxLength": 200},
    "dim_name": {
      "description": "no word that other languages write for a value, in any case",
      "allOf": [
        {"$ref": "#/definitions/identifier"},
        {
          "not": {
            "pattern": "^([nN][aA][nN]|[iI][nN][fF]([iI][nN][iI][tT][yY])?|[nN][uU][lL][lL]|[nN][oO][nN][eE]|[tT][rR][uU][eE]|[fF][aA][lL][sS][eE])$"
          }
        }
      ]
    },
    "name": {
      "type": "string", "minLength": 1, "maxLength": 200, "not": {"enum": ["nan", "inf", "-inf"]}
    },
    "dtype": "@dtypes",
    "dim_bounds": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "min": {"type": "integer", "minimum": 0},
        "max": {"type": "integer", "minimum": 0},
        "hint": {"type": "integer", "minimum": 0}
      }
    },
    "dim": {
      "description": "an integer, or arithmetic on dims such as \"n // 2\"",
      "anyOf": [{"type": "integer"}, {"$ref": "#/definitions/name"}]
    },
    "type": {
      "type": "object",
      "required": ["dtype", "shape"],
      "additionalProperties": false,
      "properties": {
        "dtype": {"$ref": "#/definitions/dtype"},
        "shape": {
          "type": "array",
          "maxItems": 16,
          "items": {"anyOf": [{"type": "integer", "minimum": 0}, {"$ref": "#/definitions/name"}]}
        }
      }
    },
    "input": {
      "type": "object",
      "required": ["dtype", "shape"],
      "additionalProperties": false,
      "properties": {
        "dtype": {"$ref": "#/definitions/dtype"},
        "shape": {
          "type": "array",
          "maxItems": 16,
          "items": {
            "anyOf": [{"type": "integer", "minimum": 0}, {"$ref": "#/definitions/dim_name"}]
          }
        }
      }
    },
    "stored": {
      "type": "object",
      "required": ["dtype", "shape", "value"],
      "additionalProperties": false,
      "properties": {
        "dtype": {"$ref": "#/definitions/dtype"},
        "shape": {"type": "array", "maxItems": 16, "items": {"type": "integer", "minimum": 0}},
        "value": {"$ref": "#/definitions/value"}
      }
    },
    "element": {
      "anyOf": [
        {"$ref": "#/definitions/real"},
        {
          "description": "a complex number; a part left out is 0",
          "type": "object",
          "additionalProperties": false,
          "minProperties": 1,
          "properties": {
            "re": {"$ref": "#/definitions/real"},
            "im": {"$ref": "#/definitions/real"}
          }
        }
      ]
    },
    "real": {
      "anyOf": [{"type": ["number", "boolean"]}, {"enum": ["nan", "inf", "-inf"]}]
    },
    "value": {
      "anyOf": [
        {"$ref": "#/definitions/element"},
        {"$ref": "#/definitions/nested"},
        {"$ref": "#/definitions/value_file"},
        {"$ref": "#/definitions/value_init"}
      ]
    },
    "nested": {
      "type": "array",
      "items": {"anyOf": [{"$ref": "#/definitions/element"}, {"$ref": "#/definitions/nested"}]}
    },
    "value_file": {
      "type": "object",
      "required": ["file"],
      "additionalProperties": false,
      "properties": {
        "file": {"type": "string", "pattern": "\\.(npy|npz|safetensors)$"},
        "member": {"type": "string"}
      }
    },
    "value_init": {
      "type": "object",
      "required": ["init"],
      "properties": {"init": "@initializer_names"},
      "allOf": "@initializers"
    },
    "operand": {
      "description": "the name of a variable or dim, or a number",
      "anyOf": [{"type": ["number", "boolean"]}, {"type": "string"}]
    },
    "operands": {"type": "array", "items": {"$ref": "#/definitions/operand"}},
    "names": {"type": "array", "items": {"$ref": "#/definitions/name"}},
    "outputs": {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/name"}},
    "index": {
      "type": "array",
      "items": {
        "anyOf": [
          {"type": ["integer", "string"]},
          {
            "type": "object",
            "required": ["input"],
            "additionalProperties": false,
            "properties": {"input": {"type": "integer", "minimum": 0}}
          }
        ]
      }
    },
    "graph": {
      "description": "nodes to be used several times; see op_from_graph",
      "type": "object",
      "required": ["inputs", "outputs"],
      "additionalProperties": false,
      "properties": {
        "inputs": {
          "anyOf": [
            {"$ref": "#/definitions/names"},
            {
              "type": "object",
              "propertyNames": {"$ref": "#/definitions/name"},
              "additionalProperties": {"$ref": "#/definitions/type"}
            }
          ]
        },
        "nodes": {"type": "array", "items": {"$ref": "#/definitions/node"}},
        "outputs": {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/operand"}}
      }
    },
    "node": {
      "type": "object",
      "required": ["op"],
      "properties": {
        "op": "@op_names",
        "name": {"$ref": "#/definitions/name"},
        "outputs": {"$ref": "#/definitions/outputs"},
        "trace": {
          "description": "lines of the program that made the node, such as model.py:12",
          "type": "array", "items": {"type": "string"}
        }
      },
      "oneOf": [{"required": ["name"]}, {"required": ["outputs"]}],
      "allOf": "@ops"
    },
    "grad": {
      "required": ["wrt"],
      "anyOf": [{"required": ["cost"]}, {"required": ["known_grads"]}],
      "additionalProperties": false,
      "properties": {
        "op": true,
        "name": true,
        "outputs": true,
        "trace": true,
        "type": {"$ref": "#/definitions/type"},
        "cost": {"$ref": "#/definitions/operand"},
        "wrt": {"$ref": "#/definitions/operands"},
        "consider_constant": {"$ref": "#/definitions/operands"},
        "known_grads": {
          "type": "object", "additionalProperties": {"$ref": "#/definitions/operand"}
        },
        "disconnected_inputs": {"enum": ["raise", "warn", "ignore"]}
      }
    },
    "Lop": {
      "required": ["f", "wrt", "eval_points"],
      "additionalProperties": false,
      "properties": {
        "op": true,
        "name": true,
        "outputs": true,
        "trace": true,
        "type": {"$ref": "#/definitions/type"},
        "f": {"$ref": "#/definitions/operands"},
        "wrt": {"$ref": "#/definitions/operands"},
        "eval_points": {"$ref": "#/definitions/operands"},
        "consider_constant": {"$ref": "#/definitions/operands"},
        "disconnected_inputs": {"enum": ["raise", "warn", "ignore"]}
      }
    },
    "Rop": {
      "required": ["f", "wrt", "eval_points"],
      "additionalProperties": false,
      "properties": {
        "op": true,
        "name": true,
        "outputs": true,
        "trace": true,
        "type": {"$ref": "#/definitions/type"},
        "f": {"$ref": "#/definitions/operands"},
        "wrt": {"$ref": "#/definitions/operands"},
        "eval_points": {"$ref": "#/definitions/operands"},
        "consider_constant": {"$ref": "#/definitions/operands"},
        "disconnected_inputs": {"enum": ["raise", "warn", "ignore"]}
      }
    },
    "jacobian": {
      "required": ["expression", "wrt"],
      "additionalProperties": false,
      "properties": {
        "op": true,
        "name": true,
        "outputs": true,
        "trace": true,
        "type": {"$ref": "#/definitions/type"},
        "expression": {"$ref": "#/definitions/operand"},
        "wrt": {"$ref": "#/definitions/operands"},
        "consider_constant": {"$ref": "#/definitions/operands"},
        "disconnected_inputs": {"enum": ["raise", "warn", "ignore"]}
      }
    },
    "hessian": {
      "required": ["cost", "wrt"],
      "additionalProperties": false,
      "properties": {
        "op": true,
        "name": true,
        "outputs": true,
        "trace": true,
        "type": {"$ref": "#/definitions/type"},
        "cost": {"$ref": "#/definitions/operand"},
        "wrt": {"$ref": "#/definitions/operands"},
        "consider_constant": {"$ref": "#/definitions/operands"},
        "disconnected_inputs": {"enum": ["raise", "warn", "ignore"]}
      }
    },
    "op_from_graph": {
      "required": ["graph", "inputs"],
      "additionalProperties": false,
      "properties": {
        "op": true,
        "name": true,
        "outputs": true,
        "trace": true,
        "type": {"$ref": "#/definitions/type"},
        "graph": {"$ref": "#/definitions/identifier"},
        "inputs": {"$ref": "#/definitions/operands"}
      }
    },
    "scan": {
      "required": ["body"],
      "additionalProperties": false,
      "properties": {
        "op": true,
        "name": true,
        "outputs": true,
        "trace": true,
        "sequences": {
          "type": "object",
          "additionalProperties": {
            "anyOf": [{"$ref": "#/definitions/operand"}, {"$ref": "#/definitions/tapped_sequence"}]
          }
        },
        "states": {
          "type": "object",
          "additionalProperties": {
            "anyOf": [{"$ref": "#/definitions/operand"}, {"$ref": "#/definitions/tapped_state"}]
          }
        },
        "n_steps": {
          "anyOf": [{"type": "integer", "minimum": 0}, {"$ref": "#/definitions/name"}]
        },
        "go_backwards": {"type": "boolean"},
        "truncate_gradient": {"type": "integer", "minimum": -1, "not": {"const": 0}},
        "must_end": {"type": "boolean"},
        "save_every_N": {"type": "integer", "minimum": 1},
        "size": {"$ref": "#/definitions/identifier"},
        "body": {
          "type": "object",
          "additionalProperties": false,
          "anyOf": [{"required": ["next"]}, {"required": ["outputs"]}],
          "properties": {
            "nodes": {"type": "array", "items": {"$ref": "#/definitions/node"}},
            "next": {
              "type": "object", "additionalProperties": {"$ref": "#/definitions/operand"}
            },
            "outputs": {"$ref": "#/definitions/operands"},
            "until": {"$ref": "#/definitions/name"}
          }
        }
      }
    },
    "tapped_sequence": {
      "type": "object",
      "required": ["variable"],
      "additionalProperties": false,
      "properties": {
        "variable": {"$ref": "#/definitions/operand"},
        "tap": {"type": "integer", "minimum": -1000000, "maximum": 1000000}
      }
    },
    "tapped_state": {
      "type": "object",
      "required": ["initial", "taps"],
      "additionalProperties": false,
      "properties": {
        "initial": {"$ref": "#/definitions/operand"},
        "taps": {
          "type": "object",
          "minProperties": 1,
          "additionalProperties": {"type": "integer", "minimum": -1000000, "maximum": -1}
        }
      }
    },
    "function": {
      "type": "object",
      "required": ["inputs"],
      "anyOf": [{"required": ["outputs"]}, {"required": ["updates"]}],
      "additionalProperties": false,
      "properties": {
        "inputs": {"$ref": "#/definitions/names"},
        "outputs": {
          "anyOf": [
            {"$ref": "#/definitions/operands"},
            {
              "type": "object",
              "propertyNames": {"$ref": "#/definitions/name"},
              "additionalProperties": {"$ref": "#/definitions/operand"}
            }
          ]
        },
        "updates": {
          "anyOf": [
            {"$ref": "#/definitions/update"},
            {"type": "array", "items": {"$ref": "#/definitions/update"}}
          ]
        },
        "givens": {"type": "object", "additionalProperties": {"$ref": "#/definitions/operand"}},
        "nodes": {"type": "array", "items": {"$ref": "#/definitions/node"}},
        "on_unused_input": {"enum": ["raise", "warn", "ignore"]}
      }
    },
    "update": {
      "type": "object",
      "if": {"required": ["rule"]},
      "then": {"$ref": "#/definitions/rule"},
      "else": {"additionalProperties": {"$ref": "#/definitions/operand"}}
    },
    "rule": {
      "required": ["rule", "params"],
      "oneOf": [{"required": ["cost"]}, {"required": ["grads"]}],
      "properties": {"rule": "@rule_names"},
      "allOf": "@rules"
    },
    "rule_number": {"type": ["number", "string"]}
  }
})json";

}  // namespace tgc
