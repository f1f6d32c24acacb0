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

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.jspecify.annotations.Nullable;
import org.redisson.api.RBatch;
import org.redisson.api.RScript;
import org.redisson.api.RedissonClient;
import org.redisson.client.RedisException;
import org.redisson.client.RedisNoScriptException;
import org.redisson.client.codec.StringCodec;

import org.springframework.util.Assert;

import io.github.lockstarter.internal.time.TimeSource;

/**
 * A script that is kept as a resource beside this class.
 */
final class LuaScript {

	private static final LuaScript NOTHING = new LuaScript("return 1", RScript.ReturnType.LONG, List.of());

	private static final String NODE = load("node.lua");

	/** Answers the id of the node of a cluster on which it runs. */
	static final LuaScript WHERE = new LuaScript(NODE + "return node()", RScript.ReturnType.VALUE, List.of());

	private final String text;

	private final String digest;

	private final RScript.ReturnType returnType;

	private final List<ScriptArgument> arguments;

	/**
	 * Load a script that names its arguments.
	 * @param returnType what it answers
	 * @param arguments what it is given, in any order
	 * @param resources its parts, in order
	 */
	LuaScript(RScript.ReturnType returnType, Set<ScriptArgument> arguments, String... resources) {
		this(arguments.stream().sorted().toList(), returnType, parts(resources));
	}

	/**
	 * Load a script.
	 * @param returnType what it answers
	 * @param resources its parts, in order
	 */
	LuaScript(RScript.ReturnType returnType, String... resources) {
		this(parts(resources), returnType, List.of());
	}

	private LuaScript(String text, RScript.ReturnType returnType, List<ScriptArgument> arguments) {
		this.text = text;
		this.digest = sha1(text);
		this.returnType = returnType;
		this.arguments = arguments;
	}

	private LuaScript(List<ScriptArgument> arguments, RScript.ReturnType returnType, String parts) {
		this(header(arguments) + parts, returnType, arguments);
	}

	/**
	 * Bind names to positions. No script knows them otherwise.
	 */
	private static String header(List<ScriptArgument> arguments) {
		return names("", arguments) + names("ANSWER_", List.of(AnswerField.values()));
	}

	private static String names(String prefix, List<? extends Enum<?>> names) {
		String variables = names.stream().map((name) -> prefix + name.name()).collect(Collectors.joining(", "));
		String positions = IntStream.rangeClosed(1, names.size())
			.mapToObj(String::valueOf)
			.collect(Collectors.joining(", "));
		return "local " + variables + " = " + positions + "\n";
	}

	private static String parts(String... resources) {
		StringBuilder parts = new StringBuilder();
		for (String resource : resources) {
			parts.append(load(resource)).append('\n');
		}
		return parts.toString();
	}

	/**
	 * Put arguments in the order in which the script is given them.
	 * @throws IllegalArgumentException if one is missing
	 */
	Object[] order(Map<ScriptArgument, Object> values) {
		return this.arguments.stream().map((argument) -> {
			Object value = values.get(argument);
			Assert.notNull(value, () -> "The script needs " + argument);
			return value;
		}).toArray();
	}

	private static String sha1(String text) {
		try {
			byte[] digest = MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
			return HexFormat.of().formatHex(digest);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static String load(String resource) {
		try (InputStream in = LuaScript.class.getResourceAsStream(resource)) {
			if (in == null) {
				throw new IllegalStateException("The jar is incomplete: no " + resource);
			}
			return new String(in.readAllBytes(), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Run a script that does nothing, as all others are run.
	 * @throws NoDigestsException if Redis runs no script by its digest
	 */
	static void check(RedissonClient client, TimeSource time)
			throws InterruptedException, ExecutionException, TimeoutException {
		try {
			// The client has limits of its own
			time.await(NOTHING.send(client, null, List.of()), TimeSource.FOREVER);
		}
		catch (ExecutionException ex) {
			Throwable cause = (ex.getCause() != null) ? ex.getCause() : ex;
			if (client.getConfig().isUseScriptCache() && isUnknownCommand(cause)) {
				throw new NoDigestsException(cause);
			}
			throw ex;
		}
	}

	private static boolean isUnknownCommand(Throwable ex) {
		return ex instanceof RedisException && String.valueOf(ex.getMessage()).startsWith("ERR unknown command");
	}

	/**
	 * Return a script that does the same, and answers a list: as {@link #WHERE} does, and
	 * as this one does.
	 */
	LuaScript located() {
		return new LuaScript(NODE + "local function script()\n" + this.text + "end\nreturn { node(), script() }",
				RScript.ReturnType.LIST, this.arguments);
	}

	/**
	 * Run the script on the master.
	 */
	<T> CompletableFuture<T> run(RedissonClient client, LockKeys keys, Object... arguments) {
		return send(client, keys.lock(), keys.all(), arguments);
	}

	/**
	 * Run the script on the master, on keys that are not those of a job.
	 */
	<T> CompletableFuture<T> run(RedissonClient client, List<String> keys, Object... arguments) {
		return send(client, keys.get(0), List.copyOf(keys), arguments);
	}

	/**
	 * Send the digest, and the text only to a server that does not know it yet, as one
	 * that was restarted or promoted. Redisson does the same, with a trip more, and where
	 * Redis does not know the command for that, it sends the digest again, and again,
	 * without a pause. So it is left to Redisson only after Redis has shown that it knows
	 * the command.
	 */
	private <T> CompletableFuture<T> send(RedissonClient client, @Nullable String key, List<Object> keys,
			Object... arguments) {
		RScript script = client.getScript(StringCodec.INSTANCE);
		if (!client.getConfig().isUseScriptCache()) {
			return this.<T>sendText(script, key, keys, arguments);
		}
		CompletableFuture<T> sent = this.sendDigest(script, key, keys, arguments);
		if (key != null) {
			sent = ifUnknown(sent, () -> load(client, key).handle((loaded, ex) -> loaded)
				.thenCompose((loaded) -> this.<T>sendDigest(script, key, keys, arguments)));
		}
		return ifUnknown(sent, () -> this.sendText(script, key, keys, arguments));
	}

	private static <T> CompletableFuture<T> ifUnknown(CompletableFuture<T> reply,
			Supplier<CompletableFuture<T>> otherwise) {
		return reply.exceptionallyCompose((ex) -> isUnknown(ex) ? otherwise.get() : CompletableFuture.failedFuture(ex));
	}

	private <T> CompletableFuture<T> sendDigest(RScript script, @Nullable String key, List<Object> keys,
			Object... arguments) {
		CompletionStage<T> reply = script.evalShaAsync(key, RScript.Mode.READ_WRITE, this.digest, this.returnType, keys,
				arguments);
		return reply.toCompletableFuture();
	}

	/**
	 * Send the text to all servers, so that the first tick need not. Waits for nothing:
	 * where it fails the script is sent with a tick.
	 */
	void loadEverywhere(RedissonClient client) {
		if (client.getConfig().isUseScriptCache()) {
			client.getScript(StringCodec.INSTANCE).scriptLoadAsync(this.text);
		}
	}

	/**
	 * Run the script alone. Redisson loads it where it is not known, also on a node of a
	 * cluster to which it was sent on.
	 */
	<T> CompletableFuture<T> runText(RedissonClient client, LockKeys keys, Object... arguments) {
		return sendText(client.getScript(StringCodec.INSTANCE), keys.lock(), keys.all(), arguments);
	}

	private <T> CompletableFuture<T> sendText(RScript script, @Nullable String key, List<Object> keys,
			Object... arguments) {
		CompletionStage<T> reply = script.evalAsync(key, RScript.Mode.READ_WRITE, this.text, this.returnType, keys,
				arguments);
		return reply.toCompletableFuture();
	}

	/**
	 * Send the text to the master that has a key.
	 */
	CompletableFuture<?> load(RedissonClient client, String key) {
		return client.getScript(StringCodec.INSTANCE).scriptLoadAsync(key, this.text).toCompletableFuture();
	}

	/**
	 * Run the script as a part of a batch, where Redisson sends the digest only.
	 */
	<T> CompletableFuture<T> add(RBatch batch, String key, List<Object> keys, Object... arguments) {
		CompletionStage<T> reply = batch.getScript(StringCodec.INSTANCE)
			.evalAsync(key, RScript.Mode.READ_WRITE, this.text, this.returnType, keys, arguments);
		return reply.toCompletableFuture();
	}

	/**
	 * Determine whether Redis has not carried out a script because it does not know its
	 * digest.
	 */
	static boolean isUnknown(@Nullable Throwable ex) {
		return ex instanceof RedisNoScriptException || (ex != null && ex.getCause() instanceof RedisNoScriptException);
	}

	/**
	 * Redis runs no script by its digest, because a command for that was renamed or taken
	 * away.
	 */
	static final class NoDigestsException extends RuntimeException {

		private static final long serialVersionUID = 1L;

		NoDigestsException(Throwable cause) {
			super(cause);
		}

	}

}
