import { allGraphs, allScopes, constantOf, dropUnusedWeights, NewNames, Scope, useCounts } from './graph.ts';
import { floatAttribute, isStandard } from './node.ts';
import { dimsOf, floatTensor, floatValues } from './tensor.ts';
import { clone } from '@bufbuild/protobuf';
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

/**
 * Folds BatchNormalization into the Conv before it, where nothing else takes the Conv's output and all is constant:
 * W' = W · γ/√(σ² + ε), b' = (b − μ) · γ/√(σ² + ε) + β. Gives how many were folded.
 */
export function foldBatchNormalization(graph: GraphProto): number {
  let folded = 0;
  const uses = useCounts(graph);
  const names = new NewNames(graph);
  for (const scope of allScopes(graph)) {
    const { graph: own } = scope;
    const dropped = new Set<unknown>();
    for (const normalization of own.node) {
      if (normalization.opType !== 'BatchNormalization' || !isStandard(normalization) || normalization.output.filter((name) => name !== '').length > 1) continue;
      const [x = ''] = normalization.input;
      const conv = scope.producer(x);
      if (conv === null || conv.opType !== 'Conv' || !isStandard(conv) || uses.get(x) !== 1) continue;
      const read = (name: string | undefined): Float64Array | null => {
        const owner = name === undefined || name === '' ? null : new Scope(own, scope.outer).weight(name);
        return owner === null ? null : floatValues(owner.weight.tensor);
      };
      const kernel = new Scope(own, scope.outer).weight(conv.input[1] ?? '')?.weight.tensor;
      const [weights, gamma, beta, mean, variance] = [read(conv.input[1]), read(normalization.input[1]), read(normalization.input[2]), read(normalization.input[3]), read(normalization.input[4])];
      const hasBias = (conv.input[2] ?? '') !== '';
      const bias = hasBias ? read(conv.input[2]) : new Float64Array(gamma?.length ?? 0);
      if (kernel === undefined || weights === null || gamma === null || beta === null || mean === null || variance === null || bias === null) continue;
      const epsilon = floatAttribute(normalization, 'epsilon', 1e-5);
      const factor = gamma.map((each, channel) => each / Math.sqrt((variance[channel] ?? 0) + epsilon));
      const perChannel = weights.length / factor.length;
      const base = conv.output[0] ?? '';
      const [kernelName, biasName] = [names.make(`${base}_folded_weight`), names.make(`${base}_folded_bias`)];
      own.initializer.push(
        floatTensor(kernelName, dimsOf(kernel), weights.map((weight, i) => weight * (factor[Math.floor(i / perChannel)] ?? 0))),
        floatTensor(biasName, [factor.length], factor.map((each, channel) => ((bias[channel] ?? 0) - (mean[channel] ?? 0)) * each + (beta[channel] ?? 0))),
      );
      conv.input = [conv.input[0] ?? '', kernelName, biasName];
      conv.output = [normalization.output[0] ?? ''];
      dropped.add(normalization);
      folded++;
    }
    own.node = own.node.filter((node) => !dropped.has(node));
  }
  if (folded > 0) dropUnusedWeights(graph);
  return folded;
}
