import { type ASTNode, type Environment, serialize } from '@marcbachmann/cel-js';
import { ExpressionFailure, type Run, runnable, type Scope } from './value.ts';

/** A condition over one event: true, false, or why it is neither. */
export type Condition = (scope: Scope) => boolean | ExpressionFailure;

/**
 * Makes a condition of an expression. `&&`, `||` and `!` are evaluated here, by CEL's rules: a side that decides wins
 * over a failure of the other (CEL specification, "Logical Operators", 2026-11-23). So a missing field in one branch
 * of a `||` is a value, not an error thrown and caught for every event.
 */
export function conditionOf(node: ASTNode, environment: Environment): Condition {
  if (node.op === '&&') {
    return decide(false, conditionOf(node.args[0], environment), conditionOf(node.args[1], environment));
  }
  if (node.op === '||') {
    return decide(true, conditionOf(node.args[0], environment), conditionOf(node.args[1], environment));
  }
  if (node.op === '!_') return opposite(conditionOf(node.args, environment));
  return truth(runnable(node, environment), serialize(node));
}

/** `decisive` on either side is the answer; both sides the other way is the other answer. */
function decide(decisive: boolean, left: Condition, right: Condition): Condition {
  return (scope) => {
    const first = left(scope);
    if (first === decisive) return decisive;
    const second = right(scope);
    return second === decisive || typeof first === 'boolean' ? second : first;
  };
}

function opposite(condition: Condition): Condition {
  return (scope) => {
    const answer = condition(scope);
    return typeof answer === 'boolean' ? !answer : answer;
  };
}

function truth(run: Run, text: string): Condition {
  const neither = new ExpressionFailure('failed', `${text}: neither true nor false`);
  return (scope) => {
    const value = run(scope);
    return typeof value === 'boolean' || value instanceof ExpressionFailure ? value : neither;
  };
}
