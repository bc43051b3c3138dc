import { clone } from '@bufbuild/protobuf';
import { allGraphs, constantOf } from './graph.ts';
import { TensorSchema, type GraphProto } from './schema.ts';

/** Turns Constant nodes into initializers, so that a graph is all computing nodes. */
export function constantsToInitializers(graph: GraphProto): void {
  for (const each of allGraphs(graph)) {
    each.node = each.node.filter((node) => {
      const tensor = constantOf(node);
      const [name] = node.output;
      if (tensor === null || name === undefined) return true;
      const stored = clone(TensorSchema, tensor);
      stored.name = name;
      each.initializer.push(stored);
      return false;
    });
  }
}
