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
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.github.lockstarter.SkipReason;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What every {@link LockStore} must do for servers that tell of themselves.
 */
abstract class ServersContract extends TwoServers {

	private final Random random = new Random(1);

	final String namespace = "servers-" + UUID.randomUUID();

	@Override
	@BeforeEach
	void setUp() {
		super.setUp();
		this.one = store(own("one"));
		this.two = sameLocks(this.one, own("two"));
	}

	/**
	 * Nobody else is in this namespace.
	 */
	LockSettings own(String server) {
		return new LockSettings(this.namespace, "test:", server, Duration.ofSeconds(2), Duration.ofMinutes(1));
	}

	@Test
	void aServerTellsOfItselfAndOthersReadIt() {
		String hostile = "<script>alert(1)</script>\"'{{x}} %2F é";
		Instant tick = this.tick.minusSeconds(5);
		Beat.SkipCount skip = new Beat.SkipCount(hostile, SkipReason.STILL_RUNNING, 3, tick, this.tick, "a b:c",
				"said no, 100 %");
		Beat.SkipCount bare = new Beat.SkipCount(hostile, SkipReason.NOT_DUE, 1, null, this.tick, null, null);
		Beat.SkippedTick skipped = new Beat.SkippedTick(7, hostile, tick, this.tick, SkipReason.STILL_RUNNING);
		List<Beat.KnownJob> jobs = List.of(
				new Beat.KnownJob(hostile, "a group", "0 0 3 * * * UTC", "org.acme.Jobs.run()"),
				new Beat.KnownJob("job", null, null, null));
		assertThat(get(this.one.beat(new Beat(sender(this.tick), new Beat.Facts("host-1", "1.2", jobs), true, false,
				List.of(skip, bare), List.of(skipped), List.of()), Duration.ofMillis(-12)))
			.known()).isTrue();
		Servers.Entry one = entry(this.two, "one");
		assertThat(one.host()).isEqualTo("host-1");
		assertThat(one.version()).isEqualTo("1.2");
		assertThat(one.started()).isEqualTo(this.tick);
		assertThat(one.seen()).isBetween(this.tick, Instant.now().plusSeconds(1));
		assertThat(one.clockOffset()).isEqualTo(Duration.ofMillis(-12));
		assertThat(one.draining()).isTrue();
		assertThat(one.ended()).isFalse();
		assertThat(one.jobs()).containsExactlyElementsOf(jobs);
		assertThat(one.skips()).containsExactly(bare, skip);
		assertThat(one.skipped()).containsExactly(skipped);
	}

	@Test
	void aBeatAddsWhatHasChanged() {
		get(this.one.beat(all(this.tick), null));
		Servers.Entry before = entry(this.two, "one");
		assertThat(before.clockOffset()).isNull();
		assertThat(before.version()).isNull();
		Beat.SkipCount skip = new Beat.SkipCount("job", SkipReason.HELD, 1, null, this.tick, null, null);
		Beat.SkipCount again = new Beat.SkipCount("job", SkipReason.HELD, 2, null, this.tick, null, null);
		get(this.one.beat(changes(this.tick, List.of(skip), List.of()), null));
		get(this.one.beat(changes(this.tick, List.of(again), List.of()), null));
		Servers.Entry after = entry(this.two, "one");
		assertThat(after.jobs()).isEqualTo(before.jobs()).hasSize(1);
		assertThat(after.skips()).containsExactly(again);
		assertThat(after.draining()).isFalse();
	}

	@Test
	void onlyTheLastSkippedTicksAreKept() {
		get(this.one.beat(all(this.tick), null));
		for (int i = 0; i < 250; i += 50) {
			List<Beat.SkippedTick> skipped = new ArrayList<>();
			for (int number = i; number < i + 50; number++) {
				skipped.add(new Beat.SkippedTick(number, "job", null, this.tick, SkipReason.NOT_DUE));
			}
			get(this.one.beat(changes(this.tick, List.of(), skipped), null));
		}
		assertThat(entry(this.two, "one").skipped()).hasSize(100)
			.extracting(Beat.SkippedTick::number)
			.startsWith(249L, 248L)
			.endsWith(150L);
	}

	@Test
	void changesOfAServerThatIsNotKnownAreNotUnderstood() {
		assertThat(get(this.one.beat(changes(this.tick, List.of(), List.of()), null)))
			.extracting(Pulse::known, Pulse::other)
			.containsExactly(false, false);
		assertThat(get(this.two.servers()).all()).noneMatch((server) -> server.id().equals("one"));
		assertThat(get(this.one.beat(all(this.tick), null)).known()).isTrue();
		assertThat(get(this.one.beat(changes(this.tick, List.of(), List.of()), null)))
			.extracting(Pulse::known, Pulse::other)
			.containsExactly(true, false);
		// Another process under the same name
		assertThat(get(this.one.beat(changes(this.tick.plusSeconds(1), List.of(), List.of()), null)))
			.extracting(Pulse::known, Pulse::other)
			.containsExactly(false, true);
	}

	@Test
	void aServerThatStartsAnewUnderItsNameLeavesNothingBehind() {
		Beat.SkipCount skip = new Beat.SkipCount("old", SkipReason.HELD, 1, null, this.tick, null, null);
		get(this.one.beat(all(this.tick), null));
		get(this.one.beat(changes(this.tick, List.of(skip), List.of()), null));
		get(this.one.beat(all(this.tick.plusSeconds(1)), null));
		assertThat(entry(this.two, "one").skips()).isEmpty();
	}

	@Test
	void aServerSaysThatItEnds() {
		get(this.one.beat(all(this.tick), null));
		assertThat(get(this.two.servers()).isGone(entry(this.two, "one"))).isFalse();
		get(this.one.beat(new Beat(sender(this.tick), null, false, true, List.of(), List.of(), List.of()), null));
		Servers.Entry ended = entry(this.two, "one");
		assertThat(ended.ended()).isTrue();
		assertThat(get(this.two.servers()).isGone(ended)).isTrue();
	}

	@Test
	void everyServerKnowsWhatAnyOfThemToldOfAJob() {
		Instant before = get(this.one.beat(all(this.tick), null)).redisTime();
		Pulse pulse = get(this.one.beat(told(new Beat.JobNews(this.job, Duration.ofSeconds(60), Duration.ofSeconds(50),
				Duration.ofSeconds(40), null)), null));
		Pulse.Activity told = activity(this.two);
		assertThat(told).isEqualTo(pulse.jobs().get(this.job));
		assertThat(told.begun()).isBetween(before.minusSeconds(60), pulse.redisTime().minusSeconds(60));
		assertThat(told.succeeded()).isBetween(before.minusSeconds(50), pulse.redisTime().minusSeconds(50));
		assertThat(told.going()).isBetween(before.minusSeconds(40), pulse.redisTime().minusSeconds(40));
		assertThat(told.paused()).isNull();
		// An older success that comes late takes nothing back
		get(this.two.beat(told(new Beat.JobNews(this.job, null, Duration.ofSeconds(100), null, null)), null));
		assertThat(activity(this.one)).isEqualTo(told);
		get(this.two.beat(told(new Beat.JobNews(this.job, null, Duration.ofSeconds(1), null, null)), null));
		assertThat(activity(this.one).succeeded()).isAfter(told.succeeded());
		assertThat(activity(this.one).begun()).isEqualTo(told.begun());
	}

	@Test
	void everyServerKnowsThatAJobIsPaused() {
		Pulse.Activity running = activityAfter(false);
		assertThat(running.paused()).isNull();
		assertThat(running.resumed()).isNull();
		Pulse.Activity paused = activityAfter(true);
		assertThat(paused.paused()).isNotNull();
		assertThat(activityAfter(true)).as("since the first time").isEqualTo(paused);
		Pulse.Activity resumed = activityAfter(false);
		assertThat(resumed.paused()).isNull();
		assertThat(resumed.resumed()).isAfterOrEqualTo(paused.paused());
		assertThat(activityAfter(false)).isEqualTo(resumed);
	}

	private Pulse.Activity activityAfter(boolean paused) {
		get(this.one.beat(told(new Beat.JobNews(this.job, null, null, null, paused)), null));
		return activity(this.two);
	}

	private Pulse.Activity activity(LockStore store) {
		Map<String, Pulse.Activity> jobs = get(store.beat(told(), null)).jobs();
		return jobs.getOrDefault(this.job, Pulse.Activity.NONE);
	}

	/**
	 * Two copies of one image have one beginning in common.
	 */
	@Test
	void twoCopiesOfOneServerAreTwoProcesses() {
		Beat.Sender image = sender(this.tick);
		get(this.one.beat(all(image), null));
		Beat.Sender copy = image.next().after(image, this.random);
		Beat.Sender other = image.next().after(image, this.random);
		assertThat(understood(copy)).isTrue();
		assertThat(understood(copy)).as("its answer was lost").isTrue();
		assertThat(understood(other)).isFalse();
		copy = copy.next().after(copy, this.random);
		assertThat(understood(copy)).as("nothing was overwritten").isTrue();
		other = other.next().apart(this.random);
		get(this.one.beat(all(other), null));
		assertThat(understood(other.next().after(other, this.random))).isTrue();
		assertThat(understood(copy.next().after(copy, this.random))).isFalse();
	}

	/**
	 * It may come twice, and late.
	 */
	@Test
	void aBeatThatComesAfterALaterOneTellsNothingNew() {
		Beat.Sender first = sender(this.tick);
		get(this.one.beat(all(first), null));
		Beat early = new Beat(first.next(), null, false, false, List.of(held(1)), List.of(),
				List.of(new Beat.JobNews(this.job, null, null, null, true)));
		get(this.one.beat(early, null));
		Beat.Sender sender = first.next().after(first, this.random).next();
		get(this.one.beat(new Beat(sender, null, true, true, List.of(held(2)), List.of(),
				List.of(new Beat.JobNews(this.job, null, null, null, false))), null));
		Servers.Entry told = entry(this.two, "one");
		get(this.one.beat(early, null));
		get(this.one.beat(all(first), null));
		assertThat(entry(this.two, "one").skips()).containsExactly(held(2));
		assertThat(entry(this.two, "one")).usingRecursiveComparison().ignoringFields("seen").isEqualTo(told);
		assertThat(activity(this.two).paused()).isNull();
		assertThat(understood(sender.next().after(sender, this.random))).isTrue();
	}

	/**
	 * As after a failover to a replica that is behind: two beats had the same mark,
	 * because the answer to the first one was lost, and it knows of that one only.
	 */
	@Test
	void aRedisThatDoesNotKnowOfTheLastBeatIsToldEverything() {
		Beat.Sender unheard = sender(this.tick);
		Beat.Sender understood = unheard.next();
		get(this.one.beat(all(unheard), null));
		Beat.Sender next = understood.next().after(understood, this.random);
		Pulse pulse = get(this.one.beat(beat(next), null));
		assertThat(pulse.known()).isFalse();
		assertThat(pulse.other()).isFalse();
		get(this.one.beat(all(next), null));
		assertThat(understood(next.next().after(next, this.random))).isTrue();
	}

	private Beat.SkipCount held(long count) {
		return new Beat.SkipCount(this.job, SkipReason.HELD, count, null, this.tick, null, null);
	}

	private boolean understood(Beat.Sender sender) {
		Pulse pulse = get(this.one.beat(beat(sender), null));
		assertThat(pulse.other()).isEqualTo(!pulse.known());
		return pulse.known();
	}

	private static Beat beat(Beat.Sender sender) {
		return new Beat(sender, null, false, false, List.of(), List.of(), List.of());
	}

	/**
	 * One whose answers are lost leaves one mark only.
	 */
	static Beat.Sender sender(Instant started) {
		return new Beat.Sender(started, "process of " + started, 1, 0, "", "mark of " + started);
	}

	Beat all(Instant started) {
		return all(sender(started));
	}

	private Beat all(Beat.Sender sender) {
		return new Beat(sender, new Beat.Facts("host", null, List.of(new Beat.KnownJob(this.job, null, "daily", null))),
				false, false, List.of(), List.of(), List.of());
	}

	private Beat told(Beat.JobNews... news) {
		return new Beat(sender(this.tick), null, false, false, List.of(), List.of(), List.of(news));
	}

	private static Beat changes(Instant started, List<Beat.SkipCount> skips, List<Beat.SkippedTick> skipped) {
		return new Beat(sender(started), null, false, false, skips, skipped, List.of());
	}

	static Servers.Entry entry(LockStore store, String id) {
		return get(store.servers()).all().stream().filter((server) -> server.id().equals(id)).findAny().orElseThrow();
	}

}
