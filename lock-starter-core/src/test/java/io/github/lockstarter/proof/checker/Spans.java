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

package io.github.lockstarter.proof.checker;

import java.util.Comparator;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/**
 * What has a beginning and an end, found by when it was.
 *
 * @param <T> what it is
 */
final class Spans<T> {

	private final List<T> all;

	private final ToLongFunction<T> begin;

	private final ToLongFunction<T> end;

	private final long longest;

	Spans(List<T> all, ToLongFunction<T> begin, ToLongFunction<T> end) {
		this.all = all.stream().sorted(Comparator.comparingLong(begin)).toList();
		this.begin = begin;
		this.end = end;
		this.longest = all.stream()
			.mapToLong((each) -> end.applyAsLong(each) - begin.applyAsLong(each))
			.max()
			.orElse(0);
	}

	/**
	 * Returns what was at some moment of a time, in the order in which it began.
	 */
	Stream<T> during(long from, long to) {
		return this.all.subList(first(from - this.longest), Math.max(first(from - this.longest), first(to + 1)))
			.stream()
			.filter((each) -> this.end.applyAsLong(each) >= from);
	}

	/**
	 * Returns what ended at a moment or later, and perhaps more from before, in the order
	 * in which it began.
	 */
	List<T> since(long from) {
		return this.all.subList(first(from - this.longest), this.all.size());
	}

	/**
	 * Returns the place of the first one that did not begin earlier.
	 */
	private int first(long at) {
		int low = 0;
		int high = this.all.size();
		while (low < high) {
			int middle = (low + high) >>> 1;
			if (this.begin.applyAsLong(this.all.get(middle)) < at) {
				low = middle + 1;
			}
			else {
				high = middle;
			}
		}
		return low;
	}

}
