/*
 * Copyright 2026-present the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockstarter.lock;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

import org.redisson.api.BatchOptions;
import org.redisson.api.BatchResult;
import org.redisson.api.RBatch;
import org.redisson.api.RedissonClient;

/**
 * A script that is run on the master, with a {@code WAIT} until replicas have what it
 * wrote. Both go in one batch, because a {@code WAIT} on another connection would say
 * nothing about this script. It must write also where it finds its work done, because it
 * may be sent again, and there must be something to be waited for.
 */
final class AcknowledgedScript {

	private final LuaScript script;

	private final LuaScript located;

	AcknowledgedScript(LuaScript script) {
		this.script = script;
		this.located = script.located();
	}

	/**
	 * Run the script.
	 * @return what it answered, and how many replicas have acknowledged it, which may be
	 * less than were asked for
	 */
	<T> CompletableFuture<Reply<T>> run(RedissonClient client, LockKeys keys, int replicas, Duration wait,
			Object... arguments) {
		BatchOptions options = BatchOptions.defaults().sync(replicas, wait).retryAttempts(0);
		if (client.getConfig().isClusterConfig()) {
			return runOnCluster(client, keys, options, arguments);
		}
		return resent(() -> this.<T>batch(client, keys, options, arguments),
				() -> this.script.load(client, keys.lock()));
	}

	private <T> CompletableFuture<Reply<T>> runOnCluster(RedissonClient client, LockKeys keys, BatchOptions options,
			Object... arguments) {
		Supplier<CompletableFuture<Reply<T>>> batch = () -> this.<T>batchOnCluster(client, keys, options, arguments);
		Supplier<CompletableFuture<Reply<T>>> known = () -> resent(batch, () -> this.located.load(client, keys.lock())
			.thenCompose((loaded) -> LuaScript.WHERE.load(client, keys.lock())));
		// Still unknown to the node to which it is sent on
		return resent(known, () -> this.located.runText(client, keys, arguments));
	}

	/**
	 * Send a batch, and once more if Redis does not know a script and so has done
	 * nothing: in a batch Redisson leaves it at that.
	 */
	private static <T> CompletableFuture<T> resent(Supplier<CompletableFuture<T>> batch,
			Supplier<CompletableFuture<?>> load) {
		return batch.get()
			.exceptionallyCompose((ex) -> LuaScript.isUnknown(ex) ? load.get().thenCompose((loaded) -> batch.get())
					: CompletableFuture.failedFuture(ex));
	}

	private <T> CompletableFuture<Reply<T>> batch(RedissonClient client, LockKeys keys, BatchOptions options,
			Object... arguments) {
		RBatch batch = client.createBatch(options);
		CompletableFuture<T> answer = this.script.add(batch, keys.lock(), keys.all(), arguments);
		return execute(batch).thenCombine(answer, (replicas, reply) -> new Reply<>(reply, replicas, false));
	}

	/**
	 * If a node answers {@code MOVED} or {@code ASK}, Redisson sends on the script and
	 * the {@code WAIT}, and keeps the first answer of the {@code WAIT}: that of the node
	 * which had nothing to wait for. So the script says on which node it ran, and so does
	 * one beside it which has no keys, and which no node ever sends on.
	 */
	@SuppressWarnings("unchecked")
	private <T> CompletableFuture<Reply<T>> batchOnCluster(RedissonClient client, LockKeys keys, BatchOptions options,
			Object... arguments) {
		RBatch batch = client.createBatch(options);
		CompletableFuture<String> where = LuaScript.WHERE.add(batch, keys.lock(), List.of());
		CompletableFuture<List<Object>> answer = this.located.add(batch, keys.lock(), keys.all(), arguments);
		return execute(batch).thenCompose((replicas) -> where.thenCombine(answer,
				(node, reply) -> new Reply<>((T) reply.get(1), replicas, !node.equals(reply.get(0)))));
	}

	private static CompletableFuture<Integer> execute(RBatch batch) {
		CompletionStage<BatchResult<?>> result = batch.executeAsync().thenApply((executed) -> executed);
		return result.toCompletableFuture().thenApply(BatchResult::getSyncedSlaves);
	}

	/**
	 * An answer that replicas have heard of.
	 *
	 * @param answer of the script
	 * @param replicas how many replicas have what the script wrote
	 * @param sentOn whether another node ran the script than the one whose replicas these
	 * are, so that they say nothing about it
	 */
	record Reply<T>(T answer, int replicas, boolean sentOn) {

		boolean isAcknowledgedBy(int wanted) {
			return !this.sentOn && this.replicas >= wanted;
		}

	}

}
